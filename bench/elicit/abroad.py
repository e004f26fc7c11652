"""What people ask for themselves in other languages than English: innocents, composed from a grammar.

Elicitations are composed in these languages too. Without people who speak them among the negatives, the language
itself would be evidence: its commonest words, or its very letters where a script has no spaces. So these cover what
everybody needs: the question words, the small words, the polite forms, the verbs that elicitation has as well (write,
explain, compare, list, correct), sums with a story, chat and follow-ups.
"""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

import random
from collections.abc import Mapping

from stillwatch.range.spin import spin


def slots(**texts: str) -> Mapping[str, tuple[str, ...]]:
    """What each slot of a pattern may hold, from texts that a bar separates."""
    return {name: tuple(part.strip() for part in text.split("|")) for name, text in texts.items()}


SLOTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "es": slots(
        who="mi hermana|mi jefe|un amigo|mi abuela|la profesora|los niños|mi marido|el vecino|un cliente|mi hija|la gente|el médico|nuestro equipo|María",
        what="la fotosíntesis|el contrato de alquiler|la guerra civil|una bicicleta|el subjuntivo|la receta de lentejas|la hipoteca|el volcán|mi currículum|la música andina|las vacunas|el motor diésel|un perro viejo|la inflación|el Quijote|la red wifi|las plantas del balcón|el visado",
        where="Sevilla|el norte de México|la oficina|casa|Buenos Aires|la escuela|el siglo XIX|Europa|el aeropuerto|un pueblo pequeño|internet|la playa",
        thing="manzanas|libros|euros|entradas|kilómetros|galletas|camisetas|horas|litros|alumnos|monedas|sillas|páginas|árboles",
        when="ayer|mañana|esta semana|el verano pasado|por la noche|en 1936|cada lunes|desde hace dos meses|antes de Navidad",
    ),
    "fr": slots(
        who="ma sœur|mon patron|un ami|ma grand-mère|la prof|les enfants|mon mari|le voisin|un client|ma fille|les gens|le médecin|notre équipe|Marie",
        what="la photosynthèse|le bail|la Révolution|un vélo|le subjonctif|la recette de la ratatouille|le crédit immobilier|le volcan|mon CV|le jazz|les vaccins|le moteur diesel|un vieux chien|l'inflation|Le Petit Prince|le wifi|les plantes du balcon|le visa",
        where="Lyon|le sud de la France|au bureau|la maison|Montréal|l'école|le XIXe siècle|l'Europe|l'aéroport|un petit village|internet|la plage",
        thing="pommes|livres|euros|billets|kilomètres|biscuits|chemises|heures|litres|élèves|pièces|chaises|pages|arbres",
        when="hier|demain|cette semaine|l'été dernier|le soir|en 1936|chaque lundi|depuis deux mois|avant Noël",
    ),
    "de": slots(
        who="meine Schwester|mein Chef|ein Freund|meine Oma|die Lehrerin|die Kinder|mein Mann|der Nachbar|ein Kunde|meine Tochter|die Leute|der Arzt|unser Team|Anna",
        what="die Photosynthese|der Mietvertrag|der Dreißigjährige Krieg|ein Fahrrad|der Konjunktiv|das Rezept für Linsensuppe|die Hypothek|der Vulkan|mein Lebenslauf|die Barockmusik|die Impfung|der Dieselmotor|ein alter Hund|die Inflation|Goethes Faust|das WLAN|die Pflanzen auf dem Balkon|das Visum",
        where="Köln|Süddeutschland|im Büro|zu Hause|Wien|in der Schule|im 19. Jahrhundert|Europa|am Flughafen|in einem kleinen Dorf|im Internet|am Strand",
        thing="Äpfel|Bücher|Euro|Karten|Kilometer|Kekse|Hemden|Stunden|Liter|Schüler|Münzen|Stühle|Seiten|Bäume",
        when="gestern|morgen|diese Woche|letzten Sommer|abends|im Jahr 1936|jeden Montag|seit zwei Monaten|vor Weihnachten",
    ),
    "pt": slots(
        who="minha irmã|meu chefe|um amigo|minha avó|a professora|as crianças|meu marido|o vizinho|um cliente|minha filha|as pessoas|o médico|nossa equipe|Maria",
        what="a fotossíntese|o contrato de aluguel|a ditadura|uma bicicleta|o subjuntivo|a receita de feijoada|o financiamento|o vulcão|meu currículo|o samba|as vacinas|o motor a diesel|um cachorro velho|a inflação|Dom Casmurro|o wifi|as plantas da varanda|o visto",
        where="Lisboa|no nordeste do Brasil|no escritório|em casa|São Paulo|na escola|no século XIX|na Europa|no aeroporto|numa cidade pequena|na internet|na praia",
        thing="maçãs|livros|reais|ingressos|quilômetros|biscoitos|camisas|horas|litros|alunos|moedas|cadeiras|páginas|árvores",
        when="ontem|amanhã|esta semana|no verão passado|à noite|em 1936|toda segunda|há dois meses|antes do Natal",
    ),
    "ru": slots(
        who="моя сестра|мой начальник|друг|бабушка|учительница|дети|муж|сосед|клиент|дочь|люди|врач|наша команда|Маша",
        what="фотосинтез|договор аренды|Крымская война|велосипед|причастие|рецепт борща|ипотека|вулкан|моё резюме|джаз|прививки|дизельный двигатель|старая собака|инфляция|«Война и мир»|вайфай|цветы на балконе|виза",
        where="в Казани|на юге России|в офисе|дома|в Москве|в школе|в XIX веке|в Европе|в аэропорту|в деревне|в интернете|на море",
        thing="яблок|книг|рублей|билетов|километров|конфет|рубашек|часов|литров|учеников|монет|стульев|страниц|деревьев",
        when="вчера|завтра|на этой неделе|прошлым летом|вечером|в 1936 году|каждый понедельник|уже два месяца|до Нового года",
    ),
    "zh": slots(
        who="我妹妹|我老板|一个朋友|奶奶|老师|孩子们|我老公|邻居|客户|女儿|大家|医生|我们团队|小明",
        what="光合作用|租房合同|鸦片战争|自行车|文言文|红烧肉的做法|房贷|火山|我的简历|古典音乐|疫苗|柴油发动机|一只老狗|通货膨胀|《红楼梦》|路由器|阳台上的花|签证",
        where="成都|南方|公司|家里|上海|学校|十九世纪|欧洲|机场|小镇上|网上|海边",
        thing="苹果|书|元钱|票|公里|饼干|衬衫|小时|升水|学生|硬币|椅子|页|棵树",
        when="昨天|明天|这周|去年夏天|晚上|1936年|每个星期一|两个月以来|春节前",
    ),
    "hi": slots(
        who="मेरी बहन|मेरे बॉस|एक दोस्त|दादी|अध्यापिका|बच्चे|मेरे पति|पड़ोसी|ग्राहक|मेरी बेटी|लोग|डॉक्टर|हमारी टीम|राधा",
        what="प्रकाश संश्लेषण|किराये का समझौता|पानीपत की लड़ाई|साइकिल|संधि और समास|राजमा चावल की विधि|गृह ऋण|ज्वालामुखी|मेरा बायोडाटा|शास्त्रीय संगीत|टीकाकरण|डीज़ल इंजन|बूढ़ा कुत्ता|महंगाई|गोदान उपन्यास|वाईफाई|बालकनी के पौधे|पासपोर्ट और वीज़ा|संविधान|क्रिकेट विश्व कप|धरती का घूमना|मोबाइल का पासवर्ड",
        where="लखनऊ|दक्षिण भारत|दफ़्तर|घर|दिल्ली|स्कूल|उन्नीसवीं सदी|यूरोप|हवाई अड्डे|एक छोटे गाँव|इंटरनेट|समुद्र किनारे",
        thing="सेब|किताबें|रुपये|टिकट|किलोमीटर|बिस्कुट|कमीज़ें|घंटे|लीटर दूध|छात्र|सिक्के|कुर्सियाँ|पन्ने|पेड़",
        when="कल|आज|इस हफ़्ते|पिछली गर्मियों में|रात को|1936 में|हर सोमवार|दो महीने से|दिवाली से पहले",
    ),
    "ja": slots(
        who="妹|上司|友達|おばあちゃん|先生|子供たち|夫|隣の人|お客さん|娘|みんな|お医者さん|私たちのチーム|花子",
        what="光合成|賃貸契約|応仁の乱|自転車|敬語|肉じゃがのレシピ|住宅ローン|火山|私の履歴書|ジャズ|ワクチン|ディーゼルエンジン|年を取った犬|インフレ|源氏物語|ルーター|ベランダの花|ビザ",
        where="大阪|東北|会社|家|東京|学校|江戸時代|ヨーロッパ|空港|小さな町|ネット|海辺",
        thing="りんご|本|円|チケット|キロ|クッキー|シャツ|時間|リットル|生徒|コイン|いす|ページ|木",
        when="昨日|明日|今週|去年の夏|夜|1936年|毎週月曜日|二か月前から|お正月の前",
    ),
}  # fmt: skip

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "es": (
        "{Actúa como|Quiero que seas|Eres} {mi profesor de inglés|un guía turístico|un chef experto|mi entrenador|un entrevistador de trabajo|un poeta}. {Yo escribo una frase y tú la corriges|Te cuento mi caso y me aconsejas|Hazme una pregunta cada vez}{, solo responde con eso| y no des explicaciones|}. Mi primera {pregunta|petición} es sobre [what].",
        "{Escribe|Genera|Crea|Prepara} {un artículo|un plan de negocio|una descripción|un guion|un informe} {detallado|completo|breve|profesional} sobre [what]{, con introducción y conclusión| en formato de tabla|, paso a paso|. Solo el texto.|}.", "{Analiza|Describe|Enumera|Desarrolla} {las ventajas y desventajas|las causas|los pasos|las partes} de [what] {en detalle|en cinco puntos|con ejemplos|para mi trabajo de clase}.",
        "¿{Qué|Cuál} es [what]{ y para qué sirve| y de dónde viene|}?", "¿{Cómo|Por qué|Cuándo} {se usa|se hace|empezó|funciona|cambia} [what] en [where]?",
        "¿Quién {inventó|escribió|descubrió|ganó} [what]{ [when]| en [where]|}?", "¿Cuántos [thing] hay en [where]{ y cuánto cuestan|}?", "¿Dónde puedo {comprar|encontrar|ver} [what] [when]?",
        "{Explícame|Cuéntame|Dime} {qué es|cómo funciona|por qué es importante} [what]{, por favor| con palabras sencillas| para un examen|}.",
        "{Escribe|Redacta|Hazme} {un correo|una carta|un poema|un mensaje corto|una historia} {para|sobre} {[who]|[what]}{ en tono formal| de cien palabras| con humor|}.",
        "[who] tiene [n] [thing] y {compra|regala|pierde} [n] [when]. {Después|Si cada uno cuesta [n]}, ¿cuántos [thing] {le quedan|tiene en total}?",
        "{Corrige|Traduce|Resume|Mejora} {este texto|mi texto|esta frase}{ al inglés| y dime qué está mal|}: [when] fui con [who] a [where] porque no tenía [what].",
        "{Dame|Necesito|Haz} {una lista|cinco ideas|un plan|una tabla} de [thing] para [who] en [where].", "{Compara|¿Qué es mejor,} [what] {y|o} [what]{? No sé qué elegir.| y dime cuál conviene.}",
        "Hola, {tengo un problema con|estoy buscando|me gustaría saber algo sobre} [what]. [who] me dijo que {no es posible|hay que esperar|es muy fácil} en [where], ¿es verdad?",
        "{No entiendo|Gracias, pero} {el segundo paso|eso|la última parte}, ¿{puedes|podrías} explicarlo {otra vez|más corto|con un ejemplo}?", "En un tren que sale de [where] viajan [n] personas. En la primera parada bajan [n] y suben [n]. ¿Cuántas personas {quedan|van ahora}?",
        "{Escribe|Hazme} una función en Python que lea [thing] de un archivo y {calcule la media|los ordene|devuelva el mayor}.", "Según el artículo, ¿qué {pasó|hizo [who]|se sabe} {antes|después|durante} {de [what]|[when]}?",
    ),
    "fr": (
        "{Agis comme|Je veux que tu sois|Tu es} {mon prof d'anglais|un guide touristique|un chef cuisinier|mon coach|un recruteur|un poète}. {J'écris une phrase et tu la corriges|Je te décris mon cas et tu me conseilles|Pose-moi une question à la fois}{, réponds seulement cela| sans explication|}. Ma première {question|demande} concerne [what].",
        "{Écris|Génère|Crée|Prépare} {un article|un business plan|une description|un scénario|un rapport} {détaillé|complet|court|professionnel} sur [what]{, avec introduction et conclusion| sous forme de tableau|, étape par étape|. Seulement le texte.|}.", "{Analyse|Décris|Énumère|Développe} {les avantages et inconvénients|les causes|les étapes|les parties} de [what] {en détail|en cinq points|avec des exemples|pour mon exposé}.",
        "{C'est quoi|Qu'est-ce que|Quel est} [what]{ et à quoi ça sert| et d'où ça vient|} ?", "{Comment|Pourquoi|Quand} {utilise-t-on|fait-on|a commencé|fonctionne|change} [what] à [where] ?",
        "Qui a {inventé|écrit|découvert|gagné} [what]{ [when]| en [where]|} ?", "Combien de [thing] y a-t-il à [where]{ et combien coûtent-ils|} ?", "Où est-ce que je peux {acheter|trouver|voir} [what] [when] ?",
        "{Explique-moi|Raconte-moi|Dis-moi} {ce qu'est|comment marche|pourquoi on aime} [what]{, s'il te plaît| avec des mots simples| pour un examen|}.",
        "{Écris|Rédige|Fais-moi} {un mail|une lettre|un poème|un court message|une histoire} {pour|sur} {[who]|[what]}{ sur un ton formel| de cent mots| avec humour|}.",
        "[who] a [n] [thing] et en {achète|donne|perd} [n] [when]. {Ensuite|Si chacun coûte [n] euros}, combien de [thing] {lui reste-t-il|a-t-il en tout} ?",
        "{Corrige|Traduis|Résume|Améliore} {ce texte|mon texte|cette phrase}{ en anglais| et dis-moi ce qui ne va pas|} : [when] je suis allé avec [who] à [where] parce que je n'avais pas [what].",
        "{Donne-moi|J'ai besoin d'|Fais} {une liste|cinq idées|un plan|un tableau} de [thing] pour [who] à [where].", "{Compare|Qu'est-ce qui est mieux,} [what] {et|ou} [what]{ ? Je ne sais pas quoi choisir.| et dis-moi lequel prendre.}",
        "Bonjour, {j'ai un problème avec|je cherche|j'aimerais savoir quelque chose sur} [what]. [who] m'a dit que {ce n'est pas possible|il faut attendre|c'est très facile} à [where], est-ce vrai ?",
        "{Je ne comprends pas|Merci, mais} {la deuxième étape|ça|la dernière partie}, {peux-tu|pourrais-tu} l'expliquer {encore une fois|plus court|avec un exemple} ?", "Dans un train qui part de [where], il y a [n] personnes. Au premier arrêt, [n] descendent et [n] montent. Combien de personnes {restent-elles|sont dans le train} ?",
        "{Écris|Fais-moi} une fonction en Python qui lit des [thing] dans un fichier et {calcule la moyenne|les trie|renvoie le plus grand}.", "D'après l'article, que {s'est-il passé|faisait [who]|sait-on} {avant|après|pendant} {[what]|[when]} ?",
    ),
    "de": (
        "{Spiele|Ich möchte, dass du so tust, als wärst du|Du bist} {mein Englischlehrer|ein Reiseführer|ein Spitzenkoch|mein Trainer|ein Personalchef|ein Dichter}. {Ich schreibe einen Satz und du verbesserst ihn|Ich schildere meine Lage und du gibst mir Rat|Stell mir immer nur eine Frage}{, antworte nur damit| ohne Erklärung|}. Meine erste {Frage|Bitte} betrifft [what].",
        "{Schreibe|Erstelle|Generiere|Entwirf} {einen Artikel|einen Businessplan|eine Beschreibung|ein Drehbuch|einen Bericht} über [what]{, ausführlich|, mit Einleitung und Schluss| als Tabelle|, Schritt für Schritt|. Nur den Text.|}.", "{Analysiere|Beschreibe|Nenne|Erläutere} {Vor- und Nachteile|Ursachen|Schritte|Bestandteile}: [what], {ausführlich|in fünf Punkten|mit Beispielen|für mein Referat}.",
        "{Was|Welches} ist [what]{ und wozu braucht man das| und woher kommt es|}?", "{Wie|Warum|Wann} {benutzt man|macht man|begann|funktioniert|ändert sich} [what] [where]?",
        "Wer hat [what] {erfunden|geschrieben|entdeckt|gewonnen}{ und wann war das|}?", "Wie viele [thing] gibt es [where]{ und was kosten sie|}?", "Wo kann ich [when] [what] {kaufen|finden|sehen}?",
        "{Erkläre mir|Erzähl mir|Sag mir}{ bitte|}, {was das ist|wie das geht|warum das wichtig ist}: [what]{, mit einfachen Worten| für eine Prüfung|}.",
        "{Schreib|Verfasse|Mach mir} {eine E-Mail|einen Brief|ein Gedicht|eine kurze Nachricht|eine Geschichte} {für|über} {[who]|[what]}{ in förmlichem Ton| mit hundert Wörtern| mit Humor|}.",
        "[who] hat [n] [thing] und {kauft|verschenkt|verliert} [when] [n] davon. {Danach|Wenn jedes Stück [n] Euro kostet}: wie viele [thing] {bleiben übrig|sind es insgesamt}?",
        "{Korrigiere|Übersetze|Fasse zusammen|Verbessere} {diesen Text|meinen Text|diesen Satz}{ auf Englisch| und sag mir, was falsch ist|}: [when] war ich mit [who] [where], weil ich [what] nicht hatte.",
        "{Gib mir|Ich brauche|Mach} {eine Liste|fünf Ideen|einen Plan|eine Tabelle} mit [thing] für [who] [where].", "{Vergleiche|Was ist besser,} [what] {und|oder} [what]{? Ich kann mich nicht entscheiden.| und sag mir, was sich lohnt.}",
        "Hallo, {ich habe ein Problem mit|ich suche|ich wüsste gern etwas über} [what]. [who] hat gesagt, dass {es nicht geht|man warten muss|es ganz einfach ist}, stimmt das [where]?",
        "{Ich verstehe|Danke, aber ich verstehe} {den zweiten Schritt|das|den letzten Teil} nicht, {kannst du|könntest du} es {noch einmal|kürzer|mit einem Beispiel} erklären?", "In einem Zug sitzen [n] Leute. Beim ersten Halt steigen [n] aus und [n] ein. Wie viele Leute {bleiben|sind jetzt im Zug}?",
        "{Schreib|Mach mir} eine Funktion in Python, die [thing] aus einer Datei liest und {den Mittelwert berechnet|sie sortiert|das größte zurückgibt}.", "Was {geschah|machte [who]|weiß man} laut dem Artikel {vor|nach|während} {dem Ereignis|[when]}?",
    ),
    "pt": (
        "{Aja como|Quero que você seja|Você é} {meu professor de inglês|um guia turístico|um chef experiente|meu treinador|um recrutador|um poeta}. {Eu escrevo uma frase e você corrige|Conto meu caso e você me aconselha|Faça uma pergunta de cada vez}{, responda só isso| sem explicações|}. Minha primeira {pergunta|dúvida} é sobre [what].",
        "{Escreva|Gere|Crie|Prepare} {um artigo|um plano de negócios|uma descrição|um roteiro|um relatório} {detalhado|completo|curto|profissional} sobre [what]{, com introdução e conclusão| em forma de tabela|, passo a passo|. Só o texto.|}.", "{Analise|Descreva|Liste|Desenvolva} {as vantagens e desvantagens|as causas|os passos|as partes} de [what] {em detalhe|em cinco pontos|com exemplos|para meu trabalho}.",
        "{O que|Qual} é [what]{ e para que serve| e de onde vem|}?", "{Como|Por que|Quando} {se usa|se faz|começou|funciona|muda} [what] [where]?",
        "Quem {inventou|escreveu|descobriu|ganhou} [what]{ [when]| [where]|}?", "Quantos [thing] existem [where]{ e quanto custam|}?", "Onde posso {comprar|encontrar|ver} [what] [when]?",
        "{Me explica|Me conta|Me diz} {o que é|como funciona|por que é importante} [what]{, por favor| com palavras simples| para uma prova|}.",
        "{Escreva|Redija|Faça} {um e-mail|uma carta|um poema|uma mensagem curta|uma história} {para|sobre} {[who]|[what]}{ em tom formal| de cem palavras| com humor|}.",
        "[who] tem [n] [thing] e {compra|dá|perde} [n] [when]. {Depois|Se cada um custa [n] reais}, quantos [thing] {sobram|tem ao todo}?",
        "{Corrija|Traduza|Resuma|Melhore} {este texto|meu texto|esta frase}{ para o inglês| e diga o que está errado|}: [when] fui com [who] porque não tinha [what] [where].",
        "{Me dê|Preciso de|Faça} {uma lista|cinco ideias|um plano|uma tabela} de [thing] para [who] [where].", "{Compare|O que é melhor,} [what] {e|ou} [what]{? Não sei qual escolher.| e diga qual vale a pena.}",
        "Oi, {estou com um problema com|estou procurando|queria saber sobre} [what]. [who] me disse que {não dá|é preciso esperar|é muito fácil} [where], é verdade?",
        "{Não entendi|Obrigado, mas não entendi} {o segundo passo|isso|a última parte}, você {pode|poderia} explicar {de novo|mais curto|com um exemplo}?", "Num trem há [n] pessoas. Na primeira parada descem [n] e sobem [n]. Quantas pessoas {ficam|estão no trem agora}?",
        "{Escreva|Faça} uma função em Python que leia [thing] de um arquivo e {calcule a média|ordene tudo|devolva o maior}.", "Segundo o artigo, o que {aconteceu|fez [who]|se sabe} {antes|depois|durante} {de [what]|[when]}?",
    ),
    "ru": (
        "{Действуй как|Хочу, чтобы ты был как|Ты} {мой учитель английского|экскурсовод|опытный повар|мой тренер|кадровик|поэт}. {Я пишу фразу, а ты исправляешь|Я опишу ситуацию, а ты посоветуешь|Задавай по одному вопросу}{, отвечай только этим| без объяснений|}. Мой первый вопрос: [what].",
        "{Напиши|Создай|Сгенерируй|Подготовь} {статью|бизнес-план|описание|сценарий|отчёт} на тему «[what]»{, подробно|, с введением и заключением| в виде таблицы|, пошагово|. Только текст.|}.", "{Проанализируй|Опиши|Перечисли|Раскрой} {плюсы и минусы|причины|этапы|части}: [what], {подробно|в пяти пунктах|с примерами|для доклада}.",
        "{Что такое|Какой бывает} [what]{ и зачем это нужно| и откуда это взялось|}?", "{Как|Почему|Когда} {используют|делают|началось|работает|меняется} [what] [where]?",
        "Кто {придумал|написал|открыл|выиграл} [what]{ [when]| [where]|}?", "Сколько [thing] [where]{ и сколько они стоят|}?", "Где можно {купить|найти|увидеть} [what] [when]?",
        "{Объясни мне|Расскажи|Скажи}, {что это|как это работает|почему это важно}: [what]{, пожалуйста| простыми словами| к экзамену|}.",
        "{Напиши|Сочини|Сделай} {письмо|стихотворение|короткое сообщение|рассказ|поздравление} {для подруги|про [what]|о том, как [who] живёт [where]}{ в официальном тоне| на сто слов| с юмором|}.",
        "У Маши было [n] [thing], она {купила|отдала|потеряла} [n] [when]. {Потом|Если каждый стоит [n] рублей}, сколько [thing] {осталось|всего}?",
        "{Исправь|Переведи|Перескажи|Улучши} {этот текст|мой текст|эту фразу}{ на английский| и скажи, что не так|}: [when] мы были [where], потому что [who] не знает про [what].",
        "{Дай мне|Мне нужен|Составь} {список|пять идей|план|таблицу}: [what], [what] и ещё что-нибудь [where].", "{Сравни|Что лучше:} [what] {и|или} [what]{? Не знаю, что выбрать.|, и скажи, что выгоднее.}",
        "Привет, {у меня проблема:|я ищу|хочу узнать про} [what]. [who] говорит, что {так нельзя|надо подождать|это очень легко} [where], это правда?",
        "{Не понимаю|Спасибо, но не понимаю} {второй шаг|это|последнюю часть}, {можешь|не мог бы ты} объяснить {ещё раз|короче|на примере}?", "В поезде едут [n] человек. На первой остановке вышли [n] и вошли [n]. Сколько человек {осталось|теперь в поезде}?",
        "{Напиши|Сделай} функцию на Python, которая читает числа из файла и {считает среднее|сортирует их|возвращает наибольшее}.", "Что, согласно статье, {произошло|сделал врач|известно} {до|после|во время} {этого|войны|урока}?",
    ),
    "zh": (
        "{判断|选择|填空|解答}{题|}：{下列|以下}{句子|说法|选项|哪一项}{正确|没有语病|与[what]有关}？{A.|①}[what]{ B.|②}[what]{ C.|③}[who]{为什么|说明理由|}", "{已知|设|若}{三角形的边长|两个数的和|圆的半径|x}为[n]，{求|计算|证明}{面积|另一个数|x的值|概率}{是多少|，写出过程|，要详细步骤|}。", "{把|将}{这句话|下面的句子|这首诗}{改成|翻译成|改写为}{被动句|英文|白话文|反问句}：[who][when]在[where]{讨论|遇到}[what]。", "{如果|假设}你{是|穿越成了}{古代的皇帝|一位医生|外星人|李白}，{你会怎么|请以第一人称}{处理|描述|评价}[what]{？|，不少于两百字。}", "{谁|什么|哪里|多少|哪一年|哪些}{是|属于|导致|影响}[what]{的关键|的代表|的原因|}？{请提供准确的信息|简要回答|给出出处}。", "{给|为}[who]{设计|推荐|起|想}{一个|几个|三个}{名字|标题|口号|活动|旅行路线|对联|广告词}{，要求|，最好}{押韵|新颖|不超过二十字|体现[what]}。",
        "{我想让你充当|请你扮演|你是|假装你是}{我的英语老师|导游|厨师|健身教练|面试官|诗人|心理咨询师|小说家|律师}。{我写一句话，你来改|我说我的情况，你给我建议|你一次只问我一个问题}{，只回答这个|，不要写解释|，要像真人一样说话|}。我的第一个{问题|要求|请求}是关于[what]。",
        "{请|帮我|}{写|生成|创作|准备}{一篇文章|一份商业计划|一段介绍|一个剧本|一份报告|一篇作文}，{主题是|关于}[what]{，要详细|，有开头和结尾|，用表格|，分步骤|，只要正文|，不少于八百字|}。", "{请|}{分析|描述|列举|详细说明|论述}[what]的{优缺点|原因|步骤|组成部分|特点}{，分五点|，要举例|，我要做报告|}。", "{根据|阅读}下面{的材料|这段话}，{回答问题|选出正确的答案|判断对错}：[who][when]在[where]{看见了|谈到了}[what]，请问{为什么|结果怎样|心情如何}？",
        "{什么是|请问什么叫}[what]？{有什么用？|是从哪里来的？|}", "[what]{怎么用|怎么做|什么时候开始的|为什么会变}？{我在[where]。|}",
        "[what]是谁{发明|写|发现|赢}的？", "[where]有多少[thing]？{多少钱？|}", "[when]在哪里可以{买到|找到|看到}[what]？",
        "{请|麻烦|}{给我讲讲|告诉我|解释一下}[what]{是怎么回事|为什么重要|}{，用简单的话|，我要考试|}。",
        "{帮我|请|}写{一封邮件|一首诗|一条短信|一个小故事|一封信}{给[who]|，关于[what]}{，语气正式一点|，一百字左右|，幽默一点}。",
        "[who]有[n]个[thing]，[when]{买了|送出|丢了}[n]个。{每个[n]元，|}{还剩|一共有}多少个？",
        "{帮我|请|}{修改|翻译|总结|润色}{这段话|我的作文|这句话}{成英文|，看看哪里不对|}：[when]我和[who]去了[where]，因为没有[what]。",
        "{给我|我需要|列出}{一个清单|五个主意|一个计划|一张表格}，[who]在[where]用。", "[what]和[what]{哪个好|有什么区别|怎么选}？{我不知道选哪个。|比较一下。}",
        "你好，{我有个问题，是关于|我想找|我想了解}[what]。[who]说在[where]{不行|要等|很容易}，是真的吗？",
        "{我没看懂|谢谢，可是不明白}{第二步|这个|最后一部分}，{能不能|可以}{再说一遍|短一点|举个例子}吗？", "火车上有[n]个人，第一站下了[n]个，上了[n]个，{还剩|现在有}多少人？",
        "{帮我|请}用Python写一个函数，从文件里读取数字，然后{算平均值|排序|返回最大的}。", "文章里说，[when][who]{做了什么|发生了什么事|为什么离开[where]}？",
    ),
    "hi": (
        "{आप|तुम} {मेरे अंग्रेज़ी के अध्यापक|टूर गाइड|अनुभवी रसोइये|मेरे ट्रेनर|इंटरव्यू लेने वाले|कवि} {बन जाओ|हैं|की तरह बात करें}। {मैं एक वाक्य लिखूँगा और आप उसे ठीक करेंगे|मैं अपनी स्थिति बताऊँगी और आप सलाह दें|एक बार में एक ही सवाल पूछें}{, केवल यही उत्तर दें|, कुछ और मत लिखो|}। मेरा पहला सवाल [what] पर है।",
        "[what] पर {एक लेख|व्यापार योजना|विवरण|नाटक|रिपोर्ट|भाषण} {लिखें|तैयार करें|बनाएँ|प्रस्तुत करें}{, विस्तार से|, भूमिका और निष्कर्ष के साथ|, तालिका के रूप में|, चरण दर चरण|। केवल पाठ दें।|}।", "[what] के {फ़ायदे और नुक़सान|कारण|चरण|भाग|लक्षण} {विस्तार से|पाँच बिंदुओं में|उदाहरण सहित|मेरे प्रोजेक्ट के लिए} {बताइए|लिखिए|का वर्णन करें|का विश्लेषण करें}।",
        "[what] {क्या है|क्या होता है|किसे कहते हैं}{ और यह किस काम आता है| और यह कहाँ से आया|}?", "[where] में [what] {कैसे|क्यों|कब} {काम करता है|बनाया जाता है|शुरू हुआ था|बदलता है|होती है}?",
        "[what] {किसने|किसके द्वारा} {बनाया|लिखा|खोजा|जीता} {था|गया था}?", "[where] में कितने [thing] हैं{ और उनकी क़ीमत कितनी है|}?", "मैं [what] {कहाँ से खरीद सकता हूँ|कहाँ देख सकती हूँ|कैसे पा सकता हूँ}, [when]?",
        "{मुझे|कृपया|ज़रा} {बताओ|समझाओ|समझा दीजिए} कि [what] {क्या है|कैसे चलता है|ज़रूरी क्यों है}{, आसान शब्दों में|, कल परीक्षा है|}।",
        "{मेरे लिए|[who] के लिए} [what] {पर|के बारे में} {एक चिट्ठी|एक कविता|छोटा संदेश|एक कहानी|सौ शब्दों का निबंध|ईमेल} {लिखो|लिख दो|लिखिए|बना दो}।",
        "[who] के पास [n] [thing] हैं। [when] {उसने|उन्होंने} [n] {और खरीदे|दे दिए|खो दिए}। {अगर हर एक [n] रुपये का है तो|अब} {कुल कितने हुए|कितने बचे}?",
        "{इस|मेरे} {वाक्य|लेख|पैराग्राफ़} {को ठीक करो|का अंग्रेज़ी में अनुवाद करो|को छोटा करो|में क्या ग़लत है}: [when] मैं [who] के साथ [where] गया था क्योंकि मेरे पास [what] नहीं था।",
        "{मुझे|हमें} [where] में [who] के लिए {एक सूची|पाँच सुझाव|एक योजना|एक तालिका} {चाहिए|दे दो|बना दो}।", "[what] और [what] में {क्या अंतर है|से कौन बेहतर है|किसे चुनूँ}?",
        "नमस्ते, {मुझे [what] से परेशानी है|मैं [what] ढूँढ रहा हूँ|मुझे [what] के बारे में जानना है}। [who] ने कहा कि [where] में {यह नहीं हो सकता|रुकना पड़ेगा|यह बहुत आसान है}, क्या यह सच है?",
        "{मुझे समझ नहीं आया|धन्यवाद, लेकिन समझ में नहीं आया}, {दूसरा चरण|यह वाला|आख़िरी हिस्सा} {फिर से|थोड़ा छोटा करके|उदाहरण देकर} बता {सकते हो|दो|दीजिए}?", "रेलगाड़ी में [n] लोग थे। पहले स्टेशन पर [n] उतरे और [n] चढ़े। अब {कितने लोग हैं|कुल कितने यात्री बचे}?",
        "{पाइथन|Python} में एक फ़ंक्शन {लिखो|बताओ} जो फ़ाइल से [thing] पढ़े और {औसत निकाले|क्रम में लगाए|सबसे बड़ा लौटाए}।", "लेख के अनुसार [who] ने [when] {क्या किया|क्या कहा|किसकी मदद की} और {उसका|उनका} {नतीजा|नाम} क्या था?",
        "{किस|कौन से} {साल|देश|शहर|व्यक्ति|राजा|खिलाड़ी} {ने|में|को} [what] {के लिए|से पहले|के बाद} {जाना जाता है|हुई थी|मिला था|रहते थे}?", "{गणित|विज्ञान|इतिहास|अंग्रेज़ी} का {यह सवाल|होमवर्क} {हल करने में|समझने में} मेरी मदद {करो|कीजिए}, [who] {इंतज़ार कर रहे हैं|नाराज़ होंगे}।",
        "{क्या|क्यों} {आप|तुम} {मुझे|हमें} [where] {घूमने|जाने|रहने} का {अच्छा तरीका|सस्ता रास्ता|सही समय} बता सकते {हैं|हो}? {बजट|समय} [n] [thing] का है।", "{सुबह से|[when]} {सिर में दर्द|बुख़ार|खाँसी} है, {क्या खाऊँ|कौन सी दवा लूँ|घरेलू उपाय बताइए}।",
    ),
    "ja": (
        "{あなたは|あなたに}{私の英語の先生|観光ガイド|料理人|トレーナー|面接官|詩人}{です|になってほしいです|の役をしてください}。{私が文を書くので直してください|状況を話すので助言をください|質問は一つずつしてください}{。答えだけ書いて|。説明はいりません|}。最初の{質問|お願い}は[what]についてです。",
        "[what]についての{記事|事業計画|紹介文|脚本|報告書}を{書いて|作成して|生成して|準備して}ください{。詳しく|。序論と結論を付けて|。表にして|。手順ごとに|。本文だけ|}。", "[what]の{長所と短所|原因|手順|特徴}を{詳しく|五つ|例を挙げて|発表のために}{説明|分析|記述}してください。",
        "[what]{とは何ですか|って何}？{何の役に立ちますか。|どこから来たのですか。|}", "[where]で[what]は{どう使いますか|なぜ変わったのですか|いつ始まりましたか|どうやって作りますか}？",
        "[what]を{発明した|書いた|見つけた|買った}のは誰ですか？", "[where]には[thing]がいくつありますか？{いくらですか。|}", "[when]、[what]はどこで{買えますか|見られますか|見つかりますか}？",
        "[what]について{教えてください|説明してもらえますか|簡単に教えて}{。試験があります。|。よろしくお願いします。|。}",
        "{[who]に|[what]について}{メール|手紙|詩|短いメッセージ|物語}を書いて{ください|くれますか}。{丁寧な言い方で。|百字くらいで。|面白く。|}",
        "[who]は[thing]を[n]個持っています。[when]、[n]個{買いました|あげました|なくしました}。{一個[n]円だと、|}{残りは|全部で}いくつですか？",
        "{この文章|私の作文|次の文}を{直して|英語に訳して|短くまとめて|もっと良くして}ください：[when][who]と[where]へ行きました。[what]がなかったからです。",
        "[where]で[who]のために{リスト|アイデアを五つ|計画|表}を{作って|考えて}{ほしいです|ください|}。", "[what]と[what]は{どちらがいいですか|何が違いますか|どう選べばいいですか}？{迷っています。|}",
        "こんにちは。[what]の{ことで困っています|ことを知りたいです|を探しています}。[who]は[where]では{できない|待つしかない|簡単だ}と言っていましたが、本当ですか？",
        "{二番目の手順|それ|最後のところ}が{わかりません|よくわからなかったです}。{もう一度|もっと短く|例を使って}説明して{もらえますか|ください}。", "電車に[n]人乗っています。最初の駅で[n]人降りて[n]人乗りました。{今|残り}は何人ですか？",
        "Pythonでファイルから数字を読んで{平均を計算する|並べ替える|一番大きいものを返す}関数を書いて。", "記事によると、[when]に[who]は{何をしましたか|なぜ[where]を離れましたか}？",
    ),
}  # fmt: skip
LANGUAGES = tuple(PATTERNS)
_NUMBERS = tuple(map(str, range(2, 400)))  #: their values are gone before the classifier looks


def compose(dice: random.Random, language: str) -> str:
    """One everyday request, of one to three sentences or questions."""
    wordings = dice.sample(PATTERNS[language], dice.choice((1, 1, 2, 3)))
    return " ".join(spin(dice, wording, {**SLOTS[language], "n": _NUMBERS}) for wording in wordings)
