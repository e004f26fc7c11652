"""How innocent people word what resembles elicitation: hard negatives, composed from a grammar.

Pupils want steps, teachers want questions, writers want a role played, office workers want a table, applicants want
their letter judged and rewritten, learners want code explained. They ask for themselves, about something of their own.
"""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

import random

from stillwatch.range.spin import spin

PATTERNS = (
    "{can you|could you|please|pls|} {solve|help me with|do} this {step by step|and show me how|with steps}{, i'm stuck| i have a test tomorrow|, my teacher wants the working|}: <item>",
    "<item>\n{show your work please|explain how you got it|step by step pls|i don't get the second step|why is that the answer?}",
    "{I got|my answer was|i think it's} {12|B|x=3|false} but the book says {something else|15|C}. {Where did I go wrong|can you check my steps}? <item>",
    "{rate|grade|score} my {essay|cover letter|poem|answer} {out of 10|honestly|like a teacher would}{ and tell me what to fix|}: {My summer in Porto was|I am writing to apply for|The moon hangs over} <item>",
    "{which|what} {of these two|one} {is better|sounds better|should I send|do you prefer}? {1)|A:} {Thanks for the quick reply|I love rainy days} {2)|B:} {Thank you so much for replying|Rain makes me happy}",
    "{rewrite|rephrase|reword} {this|my email|this text} {so it sounds|to be|to sound} {more polite|friendlier|less angry|professional}{ please|}: {Hi Tom, I still haven't got the invoice|You never call me back|We can't make it on Friday}. <item>",
    "{I'm a teacher|for my class|my kids need practice}: {make|write|give me} {10|5|a few} {questions|word problems|quiz questions} {about|on} {fractions|the water cycle|World War 1|verbs}{ with answers|}.",
    "{give me|write|come up with} {10|5|some} {ideas|names|titles|prompts} for {my blog|a birthday party|our band|a short story about dragons}{, make them funny|}.",
    "{I want you to act as|Pretend you are|You are now} {my therapist|a pirate|a travel guide|the villain of my story|a stand-up comedian}. {Stay in character|Don't break character|Only reply as them}. {My first sentence is|Let's start with}: <item>",
    "{put|turn|convert} {this|the list below} into a {table|csv|bullet list}{ please|, sorted by date|}: {milk 2, eggs 12, flour 1|Anna 4 May, Ben 7 June|rent 900, food 300}",
    "{explain|walk me through} this {code|function|script} {line by line|like I'm five|step by step}{, I'm new to python|}:\ndef f(x):\n    return x * 2 if x else None\n<item>",
    "{write|make} a {python script|function|regex|bash one-liner} that {reads my csv|renames my photos|scrapes a page|sends an email} and {outputs json|prints a table|returns a list}{. no explanation, just code|}",
    "{summarise|summarize|tl;dr} {this|the article} in {3 sentences|bullet points|simple words}{ for my boss| please|}: <item>",
    "{translate|can you translate} {this|the following} {to|into} {Spanish|German|English}{, keep it informal|}: <item>",
    "{write|compose} a {poem|song|story|limerick} about {my cat|autumn|a lost astronaut}, {4 lines|in the style of Dickinson|no rhymes|under 100 words}{. Only the poem.|}",
    "{think|please think} {carefully|hard} {before answering|about this}{. |, }<item>",
    "{be honest|don't sugarcoat it|no disclaimers please}: <item>",
    "{continue|go on|more|give me another one|shorter please|that's wrong, try again|now in French|why?|thanks, and what about the second one?|make it more detailed}",
    "{resuelve|puedes resolver} esto paso a paso{, no lo entiendo|}: <item>",
    "{kannst du mir|bitte} {das|die Aufgabe} Schritt für Schritt erklären? {Ich schreibe morgen eine Arbeit.|} <item>",
    "{peux-tu|aide-moi à} résoudre ça étape par étape{ stp|}? <item>",
    "{помоги|объясни} решить по шагам{, не понимаю|}: <item>",
    "{帮我|请}一步一步解这道题{，我不会|}：<item>",
    "{me ajuda a|pode} resolver isso passo a passo? <item>",
    "{reescribe|corrige} este correo para que suene {mejor|más amable}: Hola Ana, no puedo ir el viernes. <item>",
    "{写|帮我写}一{首诗|封邮件|篇短文}，关于{春天|请假|我的猫}。",
    "{what are|list} the {pros and cons|steps|requirements} {of|for} {moving to Canada|getting a passport|keto|buying a used car}{? I have two weeks|, in a table|}",
    "{debug|fix} this {please|, it says TypeError|}: <item>",
    "{create|plan|design} {a workout plan|a meal plan|a 7 day itinerary|a study schedule} for {me|a beginner|two people}, {day by day|with times|under 50 dollars}{ and put it in a table|}",
)  # fmt: skip


def compose(dice: random.Random, item: str) -> str:
    """One innocent prompt that looks like elicitation; some are about an item."""
    return spin(dice, dice.choice(PATTERNS)).replace("<item>", item).strip()
