"""The words of the range's own prompts: what people of one concern talk about, and names for people and places."""

# ruff: noqa: E501, SIM905 - word lists read best as words

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

Slots = Mapping[str, tuple[str, ...]]

# A concern: things (plural) / what they are like / what one does to them / where.
_CONCERNS = """
garden = tomatoes seedlings hedges roses compost-bins lawns bulbs vines trellises slugs aphids cuttings tulips herbs raised-beds fruit-trees ferns pumpkins wildflowers sprinklers / wilted frost-bitten overgrown shaded sandy drought-proof mulched leggy blooming neglected thorny potted / prune transplant water mulch fertilise graft propagate thin harvest replant / greenhouse allotment balcony orchard potting-shed courtyard
kitchen = sauces dumplings loaves stews pastries marinades curries pickles omelettes noodles broths custards casseroles spice-blends leftovers lentils glazes pancakes salads roasts / burnt crispy underseasoned gluten-free smoky creamy tangy vegan reheated flaky soggy overproofed / simmer knead marinate freeze season braise whisk caramelise portion plate / pantry canteen food-truck bakery barbecue bistro
money = pensions dividends mortgages bonds receipts budgets tax-returns savings-accounts index-funds debts invoices premiums overdrafts annuities allowances royalties rents wages deposits credit-scores / taxable overdue fixed-rate joint volatile deductible forgotten inflated quarterly unsecured offshore dormant / refinance consolidate claim rebalance audit inherit withdraw forecast insure negotiate / credit-union tax-office household brokerage co-operative payroll-desk
running = marathons blisters trainers intervals hill-repeats stretches heart-rates shin-splints warm-ups cadences race-plans finish-times energy-gels injuries long-runs pacers relays ultras track-sessions cool-downs / sore muddy beginner steep half-hearted sub-zero hilly flat-footed recovering dehydrated tapered competitive / pace shorten schedule tape track skip ramp-up recover log rehearse / running-club treadmill trailhead stadium physio towpath
software = deployments dashboards containers migrations endpoints caches webhooks log-files pipelines race-conditions memory-leaks dependencies queries indexes feature-flags schemas queues tokens retries unit-tests / flaky idempotent deprecated asynchronous leaky nested stateless cached typed distributed read-only legacy / refactor deploy profile mock debug containerise throttle index benchmark roll-back / repository staging-cluster monorepo build-server data-warehouse on-call-rota
health = migraines prescriptions allergies vaccines blood-tests symptoms inhalers rashes antibiotics appointments scans side-effects supplements cramps fevers check-ups referrals diets stitches hearing-aids / chronic mild inflamed seasonal hereditary sleepless swollen borderline contagious recurring postnatal painful / treat diagnose soothe monitor postpone dose prevent describe record ease / clinic pharmacy ward dental-practice waiting-room nursing-home
travel = itineraries visas hostels layovers ferries souvenirs rail-passes suitcases border-crossings guidebooks campsites day-trips museums rental-cars timetables passports viewpoints night-buses delays tour-groups / delayed scenic overbooked cheap remote jet-lagged off-season crowded family-friendly accessible coastal cancelled / book reroute pack visit photograph share rebook explore upgrade map / airport harbour old-town mountain-hut embassy terminal
history = treaties emperors revolts trade-routes pamphlets monasteries harvests guilds shipwrecks archives dynasties sieges coins charters letters mutinies plagues maps reformers fortresses / medieval forged besieged colonial illiterate forgotten ceremonial rival wartime excommunicated seafaring bankrupt / date translate catalogue interpret compare attribute reconstruct cite overthrow restore / archive battlefield cathedral dig-site reading-room museum-basement
physics = pendulums lenses magnets capacitors orbits photons vacuum-chambers resonances spectra gases crystals telescopes lasers springs turbines isotopes waveguides plasmas detectors gyroscopes / damped charged superconducting polarised radioactive frictionless relativistic coupled viscous noisy coherent rotating / measure calibrate derive simulate excite cool approximate isolate align integrate / laboratory observatory lecture-hall clean-room reactor workshop
law = contracts tenancies wills appeals clauses patents trademarks evictions statutes settlements licences affidavits witnesses injunctions liabilities disputes warranties mergers complaints bylaws / void binding ambiguous unsigned retroactive landlord-friendly confidential contested lapsed enforceable cross-border notarised / draft challenge amend sign terminate file appeal enforce mediate redact / courthouse law-clinic notary tribunal chambers council-office
music = chords melodies drum-loops lyrics scales amplifiers rehearsals set-lists violins harmonies synths mixes encores pickups choirs tempos riffs overtures recordings metronomes / off-key syncopated distorted minor acoustic improvised muddy-sounding baroque catchy unplugged slow sight-read / transpose rehearse record arrange tune sample mix perform transcribe master / studio choir-loft bandstand jazz-bar conservatoire garage
parenting = tantrums bedtimes nappies lunchboxes screen-times chores playdates report-cards bicycles naps swimming-lessons birthday-parties picture-books siblings babysitters homework-plans bottles pushchairs fears allowance-rules / picky overtired teenage shy stubborn twin colicky left-handed bilingual energetic fussy homesick / calm limit reward plan supervise encourage organise explain arrange stop / nursery playground school-gate crèche summer-camp back-seat
pets = puppies kittens parrots leashes aquariums fleas kennels litter-trays hamsters treats microchips ticks rabbits scratching-posts collars tortoises vet-bills feeders crates goldfish / barking diabetic rescued moulting anxious house-trained elderly limping overweight nocturnal neutered aggressive / groom train feed adopt vaccinate walk bathe crate breed weigh / shelter dog-park vet's-surgery stables pet-shop aviary
housing = radiators boilers gutters floorboards tiles extensions lofts fuse-boxes leaks drains windows wallpapers joists heat-pumps skylights staircases locks insulation-panels taps party-walls / damp draughty load-bearing mouldy south-facing rusty listed soundproof cracked second-hand rotten half-finished / plaster insulate rewire sand seal replace paint unclog drill renovate / basement attic terraced-house site-office builder's-yard stairwell
school = essays quizzes rubrics timetables lesson-plans seating-charts flashcards lectures dissertations group-projects grades textbooks debates field-trips worksheets detentions reading-lists scholarships seminars presentations / plagiarised late year-nine optional illegible peer-reviewed mixed-ability compulsory graded bilingual-track revised boring / mark revise teach submit summarise outline assess memorise present tutor / classroom lecture-theatre staff-room library campus exam-hall
marketing = slogans newsletters landing-pages personas billboards click-rates hashtags brochures coupons press-releases funnels logos surveys webinars trade-fairs testimonials cold-calls banners influencers podcasts / viral off-brand seasonal-sale B2B untargeted sponsored cringeworthy premium localised A/B-tested outdated bold / launch rebrand target segment pitch promote schedule boost rewrite sponsor / agency showroom trade-stand call-centre head-office pop-up
farming = combines silos calves irrigation-ditches ewes tractors yields pastures subsidies fences barns beehives milking-robots weeds rotations hay-bales seed-drills piglets orchards soil-samples / organic waterlogged free-range late-sown rain-fed pregnant drought-hit certified broken-down hardy underfed tenant / plough shear milk rotate spray fence breed-for bale drain auction / dairy farmyard co-op cattle-market upland-farm packing-shed
biology = enzymes membranes mutations chloroplasts predators neurons bacteria proteins pollinators genomes wetlands fungi hormones fossils larvae stem-cells receptors food-webs antibodies coral-reefs / invasive dormant diploid bioluminescent endangered photosynthetic mutated cultured cold-blooded symbiotic toxic migratory / sequence culture classify dissect observe stain tag amplify count inhibit / wet-lab field-station herbarium aquarium-lab tide-pool rainforest-plot
fiction = villains plots sonnets prologues detectives dragons cliff-hangers narrators love-letters kingdoms heists ghost-stories spaceships flashbacks monologues sidekicks prophecies fairy-tales diaries subplots / haunted unreliable star-crossed sarcastic dystopian cursed amnesiac melancholy exiled two-faced immortal cowardly / outline write foreshadow rewrite kill-off name narrate illustrate resolve parody / lighthouse space-station tavern boarding-school ruined-castle night-train
logistics = pallets warehouses shipments forklifts barcodes couriers containers customs-forms loading-docks returns stock-counts lorries parcels delivery-slots drivers freight-rates crates routes shortages suppliers / mislabelled refrigerated overstocked just-in-time hazardous undelivered oversized bonded damaged express customs-cleared stranded / ship consolidate-in reroute scan stack dispatch expedite load insure-against trace / depot port cross-dock sorting-centre rail-yard bonded-store
climate = heatwaves glaciers emissions solar-farms wind-turbines floods carbon-taxes peatlands batteries hurricanes forests droughts sea-levels offsets aerosols power-grids monsoons wildfires storm-drains green-roofs / record-breaking subsidised offshore-built thawing carbon-neutral rising coal-fired intermittent scorched resilient seasonal-peak overloaded / model decarbonise store adapt-to mitigate regulate report monitor finance phase-out / ministry weather-station floodplain power-plant delta ski-resort
sport = penalties line-ups transfers referees strikers serves scrums qualifiers substitutes league-tables tackles tie-breaks coaches goalkeepers fouls training-camps stadiums medals doping-tests fans / offside injured underrated unbeaten relegated left-footed veteran controversial sold-out away suspended amateur / coach defend sign-up pass bench ban scout celebrate predict protest / dugout changing-room clubhouse velodrome ring-side tennis-court
photography = lenses tripods portraits exposures filters negatives flashes albums shutters histograms drones sensors backdrops prints wedding-shoots presets memory-cards slideshows darkrooms close-ups / overexposed grainy backlit wide-angle blurry sepia candid long-exposure cropped double-exposed vintage moonlit / crop retouch expose frame print scan-in focus archive light shoot / rooftop darkroom-lab gallery photo-booth nature-reserve catwalk
language = idioms verbs accents dialects subtitles loanwords tenses proverbs crosswords translations spellings puns pronouns vowels letters-of-application limericks genders tongue-twisters alphabets phrasebooks / archaic irregular untranslatable formal slangy silent Cyrillic mispronounced rhyming gender-neutral plural tonal / conjugate pronounce translate-into decline spell proofread paraphrase learn shorten transliterate / evening-class tandem-group language-lab embassy-desk radio-station border-village
crafts = quilts mugs looms beads scarves baskets stencils candles birdhouses zips cushions glazes-and-slips dovetails patterns felt-toys kilns buttons prints-on-linen toolboxes picture-frames / hand-stitched wonky unglazed knitted upcycled fraying waxed oak embroidered lopsided dyed miniature / sew carve knit glaze stain-and-seal weave unpick varnish solder mend / pottery craft-fair woodshop haberdashery community-hall repair-café
games = chess-openings dice board-games puzzles speedruns dungeons bosses decks quests leaderboards expansions gambits tournaments avatars cheat-codes consoles guilds-and-clans endgames riddles loot-boxes / cooperative unwinnable turn-based pixelated overpowered ranked glitchy two-player retro procedurally-built multiplayer timed / beat balance mod speedrun draft-up solve unlock nerf stream host / arcade game-café lobby LAN-party server tournament-hall
work = meetings deadlines résumés performance-reviews job-offers shifts spreadsheets slide-decks colleagues interns out-of-office-notes promotions expenses minutes stand-ups contracts-of-work cover-letters hand-overs reorganisations targets / remote unpaid passive-aggressive double-booked toxic part-time understaffed ambitious burnt-out hybrid vague back-to-back / decline chair delegate prepare apologise-for escalate cancel approve summarise-for track-down / open-plan-office boardroom co-working-space factory-floor reception site-canteen
philosophy = paradoxes virtues thought-experiments duties syllogisms free-will-debates utopias sceptics intuitions social-contracts axioms moral-dilemmas consciousness-theories fallacies promises trolley-problems dogmas rights monads proofs / circular stoic utilitarian self-refuting Kantian counterfactual nihilist deontic pre-Socratic incoherent virtuous a-priori / refute defend-against deduce question formalise justify debate doubt apply reject / seminar-room agora debating-society monastery salon reading-group
cars = gearboxes brake-pads charging-points roundabouts exhausts dents tyres number-plates spark-plugs headlights insurance-claims clutches oil-changes dashcams mileages caravans hybrids warning-lights tow-bars batteries-and-cables / electric second-hand-bought rattling overheated left-hand-drive leased stalled uninsured diesel automatic scratched imported / park service jump-start overtake tow lease sell trade-in inspect charge / dealership car-park motorway test-centre scrapyard petrol-station
""".strip()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("-", " ") for word in text.split())


def _concern(line: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    name, words = line.split(" = ")
    things, likes, deeds, places = words.split(" / ")
    return name, {"noun": _words(things), "mod": _words(likes), "deed": _words(deeds), "place": _words(places)}


#: By concern: `noun` (plural), `mod`, `deed` (a transitive verb) and `place`.
CONCERNS: dict[str, dict[str, tuple[str, ...]]] = dict(_concern(line) for line in _CONCERNS.splitlines())

#: Family names and names of towns, streets and firms, from syllables: enough that two people seldom share one.
SURNAMES = tuple(
    "".join(parts)
    for parts in product(
        "Ab Bar Cal Dor El Fen Gar Hal Is Jor Kel Lam Mor Nev Or Pel Quar Ros Sal Tam Ul Ver Wes Yar Zim".split(),
        "an der ing ov im ar est ul on".split(),
        "son sky ez ford man ini ev dal ura beck".split(),
    )
)
TOWNS = tuple(
    "".join(parts)
    for parts in product(
        "Al Brem Corn Dun East Fair Glen Hart Kings Lin Mar North Ost Port Ravens San Tor Under Val Win".split(),
        "a ber ding el er ham i ling o ster".split(),
        "bridge burg by dale field ford gate mouth stead ton ville wick".split(),
    )
)
PROJECTS = tuple(
    " ".join(parts)
    for parts in product(
        "Amber Atlas Beacon Birch Cedar Comet Copper Delta Echo Falcon Granite Harbor Indigo Juniper Kestrel Lantern "
        "Meadow Nimbus Onyx Pioneer Quartz River Saffron Thistle Umbra Vector Willow Zephyr".split(),
        "Initiative Collective Plan Club Journal Works Project Circle Fund Week Trail Studio Ledger Alliance".split(),
    )
)
