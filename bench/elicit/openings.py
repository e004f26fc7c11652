"""How distillers word what they want in other languages than English, by technique.

Fewer wordings a technique than in English (`phrasings.py`), and each asks for something of the form, too. What people
of these languages ask for themselves is in `abroad.py`: both or neither, or the language would be evidence.
"""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

#: By language and technique.
OPENINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "es": {
        "reasoning": (
            "{Resuelve|Resuelva} {paso a paso|razonando}: {escribe|escriba} {cada paso|todas las inferencias|el razonamiento completo} {antes de|y después} {la respuesta final|la conclusión}.",
            "{Piensa|Razona} en voz alta {antes de contestar|y después responde}. {Muestra|Detalla} {toda la cadena de pensamiento|cada paso intermedio}.",
            "{Explica|Justifica} cómo llegas al resultado, sin omitir ningún paso del razonamiento.",
        ),
        "grading": (
            "{Actúa como|Eres} un juez imparcial. {Evalúa|Puntúa} la respuesta del asistente del 1 al 10 según {la rúbrica|utilidad y exactitud} y justifica la nota.",
            "Compara las dos respuestas y decide cuál es mejor.",
            "{Eres|Actúa como} {un evaluador estricto|un modelo de recompensa|un corrector}. {Califica|Valora|Puntúa} {la respuesta|la solución|el texto} {de 0 a 5|según los criterios} e {indica|incluye} {los errores|por qué restas puntos}.",
            "{Revisa|Comprueba} la solución {línea por línea|paso a paso} y {marca|di} {qué pasos son correctos|el primer error}.",
            "{Ordena|Clasifica} las respuestas {de mejor a peor|por calidad} y {explica|justifica} {el orden|tu elección}.",
        ),
        "rewriting": (
            "{Reescribe|Corrige} la respuesta para que sea {segura|inofensiva|aceptable} y siga siendo útil.",
            "{Parafrasea|Reformula|Reescribe} {el texto|la respuesta|el párrafo} {de tres maneras|en tono formal|con otras palabras|de forma neutral}, {sin perder información|conservando el sentido}.",
            "{Señala|Enumera} lo que {es dañino|no cumple las normas} en la respuesta y {luego|después} {corrígela|reescríbela}.",
        ),
        "task_generation": (
            "{Genera|Crea} {diez|cinco} {preguntas|tareas|instrucciones} nuevas y variadas a partir del ejemplo.",
            "{Diseña|Inventa|Redacta} {una serie de|cinco} {problemas|ejercicios|preguntas} {sobre el tema|a partir del material} {dado|siguiente}, {con solución|con criterios de corrección|de dificultad creciente}.",
            "{Imagina|Simula} {usuarios distintos|a un usuario curioso} y {escribe|enumera} {las consultas|las preguntas} que {harían|enviarían} a un asistente.",
            "{Transforma|Convierte} {la pregunta|la tarea original} en una versión {más difícil|más compleja}, {añadiendo|con} {restricciones|un paso más}.",
        ),
        "trajectories": (
            "Eres un agente con herramientas. En cada turno escribe Pensamiento, Acción y Observación.",
            "{Usa|Dispones de} {estas herramientas|las funciones}: en cada turno {un plan|un pensamiento}, {después|luego} {una sola llamada|un comando} y {espera|anota} {el resultado|la observación}.",
        ),
        "broad_instructions": (
            "{Redacta|Escribe} la respuesta ideal a la instrucción, para un conjunto de datos de entrenamiento.",
            "{Da|Redacta} una respuesta {exhaustiva|modelo|autosuficiente} a {cada instrucción|la pregunta}, {para un corpus|para entrenar un modelo}.",
        ),
    },
    "fr": {
        "reasoning": (
            "{Résous|Résolvez} {étape par étape|en raisonnant} : {écris|écrivez} {chaque étape|toutes les inférences|le raisonnement complet} {avant|puis} {la réponse finale|la conclusion}.",
            "{Réfléchis|Raisonne} à voix haute {avant de répondre|puis réponds}. {Montre|Détaille} {toutes les étapes intermédiaires|la chaîne de pensée complète}.",
            "Explique comment tu arrives au résultat, sans sauter d'étape.",
        ),
        "grading": (
            "{Agis comme|Tu es} un juge impartial. {Évalue|Note} la réponse de l'assistant de 1 à 10 selon {la grille|les critères} et justifie la note.",
            "Compare les deux réponses et indique la meilleure.",
            "{Tu es|Vous êtes} {un évaluateur strict|un modèle de récompense|un correcteur}. {Note|Évalue|Notez} {la réponse|la solution|le texte} {de 0 à 5|selon la grille} et {indique|indiquez} {les erreurs|pourquoi des points sont retirés}.",
            "{Vérifie|Vérifiez} la solution {ligne par ligne|étape par étape} et {signale|dis} {les étapes justes|la première erreur}.",
            "{Classe|Classez} les réponses {de la meilleure à la pire|par qualité} et {explique|justifie} {l'ordre|ton choix}.",
        ),
        "rewriting": (
            "{Réécris|Reformule} la réponse pour qu'elle soit {sans danger|conforme|acceptable} tout en restant utile.",
            "{Paraphrase|Reformule|Réécris} {le texte|la réponse|le paragraphe} {de trois façons|sur un ton formel|autrement|de façon neutre}, {sans perdre d'information|en gardant le sens}.",
            "{Relève|Liste} ce qui est {nuisible|non conforme} dans la réponse, {puis|ensuite} {corrige-la|réécris-la}.",
        ),
        "task_generation": (
            "{Génère|Crée} {dix|cinq} {questions|tâches|consignes} nouvelles et variées à partir de l'exemple.",
            "{Conçois|Invente|Rédige} {une série de|cinq} {problèmes|exercices|questions} {sur le thème|à partir du document} {donné|suivant}, {avec corrigé|avec barème|de difficulté croissante}.",
            "{Imagine|Simule} {des utilisateurs variés|un utilisateur curieux} et {écris|liste} {les requêtes|les questions} qu'ils {poseraient|enverraient} à un assistant.",
            "{Transforme|Fais évoluer} {la question|la consigne d'origine} en une version {plus difficile|plus complexe}, {en ajoutant|avec} {des contraintes|une étape}.",
        ),
        "trajectories": (
            "Tu es un agent doté d'outils. À chaque tour, écris Pensée, Action et Observation.",
            "{Utilise|Tu disposes de} {ces outils|les fonctions} : à chaque tour {un plan|une pensée}, {puis|ensuite} {un seul appel|une commande}, et {attends|note} {le résultat|l'observation}.",
        ),
        "broad_instructions": (
            "Rédige la réponse idéale à la consigne, destinée à un jeu de données d'entraînement.",
            "{Donne|Rédige} une réponse {exhaustive|modèle|autonome} à {chaque consigne|la question}, {pour un corpus|pour entraîner un modèle}.",
        ),
    },
    "de": {
        "reasoning": (
            "{Löse|Lösen Sie} {Schritt für Schritt|durch Nachdenken}: {schreibe|schreiben Sie} {jeden Schritt|alle Folgerungen|den vollständigen Gedankengang} {vor|und dann} {die endgültige Antwort|das Fazit}.",
            "{Denke|Überlege} laut, {bevor du antwortest|und antworte dann}. {Zeige|Notiere} {die gesamte Gedankenkette|alle Zwischenschritte}.",
            "Begründe ausführlich, wie du zum Ergebnis kommst, ohne einen Schritt auszulassen.",
        ),
        "grading": (
            "{Handle als|Du bist} ein unparteiischer Gutachter. {Bewerte|Beurteile} die Antwort des Assistenten von 1 bis 10 {nach den Kriterien|anhand der Rubrik} und begründe die Note.",
            "Vergleiche die beiden Antworten und entscheide, welche besser ist.",
            "{Du bist|Sie sind} {ein strenger Prüfer|ein Belohnungsmodell|ein Korrektor}. {Benote|Bewerte|Bewerten Sie} {die Antwort|die Lösung|den Text} {von 0 bis 5|nach den Kriterien} und {nenne|nennen Sie} {die Fehler|die Gründe für Abzüge}.",
            "{Prüfe|Prüfen Sie} die Lösung {Zeile für Zeile|Schritt für Schritt} und {markiere|nenne} {richtige Schritte|den ersten Fehler}.",
            "{Ordne|Sortiere} die Antworten {von der besten zur schlechtesten|nach Qualität} und {begründe|erkläre} {die Reihenfolge|deine Wahl}.",
        ),
        "rewriting": (
            "{Schreibe|Formuliere} die Antwort so um, dass sie {harmlos|unbedenklich|regelkonform} ist und hilfreich bleibt.",
            "{Paraphrasiere|Formuliere} {den Text|die Antwort|den Absatz} {auf drei Arten|förmlicher|neutral|mit anderen Worten} {um|neu}, {ohne Informationen zu verlieren|bei gleichem Sinn}.",
            "{Nenne|Liste auf}, was an der Antwort {schädlich|regelwidrig} ist, und {korrigiere|überarbeite} sie {dann|danach}.",
        ),
        "task_generation": (
            "{Erzeuge|Erstelle} {zehn|fünf} neue, vielfältige {Aufgaben|Fragen|Anweisungen} nach dem Beispiel.",
            "{Entwirf|Erfinde|Verfasse} {eine Reihe von|fünf} {Aufgaben|Übungen|Fragen} {zum Thema|aus dem Material} {unten|im Folgenden}, {mit Lösung|mit Bewertungsschema|mit steigender Schwierigkeit}.",
            "{Stelle dir|Simuliere} {verschiedene Nutzer|einen neugierigen Nutzer} {vor|} und {schreibe|liste} {die Anfragen|die Fragen}, die sie einem Assistenten {stellen|schicken} würden.",
            "{Wandle|Entwickle} {die Frage|die Ausgangsaufgabe} {zu|in} einer {schwereren|komplexeren} Fassung {weiter|um}, {mit|durch} {Zusatzbedingungen|einem weiteren Denkschritt}.",
        ),
        "trajectories": (
            "Du bist ein Agent mit Werkzeugen. Gib in jedem Schritt Gedanke, Aktion und Beobachtung aus.",
            "{Nutze|Dir stehen} {diese Werkzeuge|die Funktionen} {zur Verfügung|}: in jeder Runde {ein Plan|ein Gedanke}, {dann|danach} {genau ein Aufruf|ein Befehl}, und {warte auf|notiere} {das Ergebnis|die Beobachtung}.",
        ),
        "broad_instructions": (
            "Verfasse die ideale Antwort auf die Anweisung, wie sie in einem Trainingsdatensatz stünde.",
            "{Gib|Verfasse} eine {erschöpfende|vorbildliche|in sich geschlossene} Antwort auf {jede Anweisung|die Frage}, {für ein Korpus|zum Training eines Modells}.",
        ),
    },
    "zh": {
        "reasoning": (
            "{请|}{逐步|按步骤}{求解|推理}：{写出|给出}{每一步|全部推导|完整的思路}，{再给|最后写}{最终答案|结论}。",
            "{请|}在回答之前{写出|展示}{完整的推理链|所有中间步骤|你的思考过程}，然后给出{最终答案|结论}。",
            "{请|}一步一步{思考|推导}，不要省略任何推理。",
            "{把|将}{你的思考|解题思路|推理过程}{完整|一字不漏地|逐条}{写|记录|呈现}{出来|下来}，{包括|连同}{试错|自我检查|放弃的思路}，{再|然后}{得出|给出}{答案|结论}。",
            "{已知|下面给出}{题目|问题}和{标准答案|正确答案}，{请|}{补写|还原}{中间的推理|解题过程|思维链}，{不要|不得}提到{事先知道答案|答案是给定的}。",
            "{用|以}{编号列表|伪代码|对话}{的形式|}{展示|表达}{推理|推导}，每一步{注明|写明}{依据|理由}，最后{单独一行|}写{答案|结论}。",
            "{一边|}{思考|分析}一边{记录|自言自语|说出想法}：{题目给了什么|条件有哪些}、{用什么方法|考虑哪些可能}、{为什么排除其他选项|如何验证}，{直到|再}{得出|写出}{结论|最终结果}。",
            "{回答|作答}{须|要}{分为|包含}两部分：{“思考”|【推理】|<分析>}和{“答案”|【结论】|<结果>}，{前者|第一部分}{尽可能详细|不少于十步|不得跳步}。",
            "{给出|提供}{三种|两种|多种}{不同的|相互独立的}{解法|推理路径}，{比较|核对}{结果|优劣}，{选出|确定}{最可靠的|一致的}{答案|一种}。",
        ),
        "grading": (
            "{请|你将}扮演公正的评审，按照{评分标准|以下准则}对助手的回答从1到10打分，并{说明理由|给出评语}。",
            "比较回答A和回答B，判断哪一个更好。",
            "{你是|作为}{一名严格的|公正的|}{阅卷人|评估员|奖励模型|标注专家}，{对|就}{以下|给出的}{回答|输出|答复}{的准确性|是否遵循指令|的质量}{评分|打分}（{0-5|1-10|百分制}），{并|再}{写出|给出}{扣分原因|评语|依据}。",
            "{下面|以下}有{两个|几个|三个}{候选|}{回答|输出}，{请|}{排序|选出更好的一个|按质量排名}，{并|然后}{说明|解释}{你的判断|为什么}。",
            "{逐步|逐行}{检查|核对}{解答|证明}，{每一步|每一行}{标记|输出}{对或错|正确/错误}，{指出|标出}{第一处错误|出错的位置}。",
            "{只输出|最后给出}{分数|等级|裁决|标签}：{好/中/差|通过/不通过|A或B或平局}。",
            "{阅读|根据}{题目|指令}、{参考答案|评分细则}和{学生|模型}的{作答|输出}，{判定|判断}{是否正确|得几分|属于哪一档}，{并|且}{逐项|按维度}{列出|说明}{得分点|理由|证据}。",
            "{从|分别从}{准确性、完整性、流畅度|有用性和安全性|事实与逻辑}{等|}{维度|方面}{对|给}{该|以下}{回答|译文|摘要}{评级|打分|批改}，{以|用}{表格|JSON}{返回|输出}。",
            "{人类|用户}{更喜欢|会选择}{哪个|哪一个}{回答|版本}？{只|请}{输出|填写}{“A”或“B”|选择和理由|偏好标签}。",
        ),
        "rewriting": (
            "{请|}将下面的回答改写得{安全|合规|无害}，同时保持有用。",
            "{改写|重写|润色|转述}{下面的|给定的}{回答|文本|段落|句子}，{使其|让它}{更专业|更礼貌|更清晰|更口语化|符合规范}，{保持原意|不改变事实|长度相近}。",
            "{用|给出}{多种|三种|五种|不同的}{说法|表达方式|风格}{改写|复述}{同一句话|这段内容|原文}，{每种|每个}{一行|编号}。",
            "{指出|列出}{上面|助手}的{回答|回复}{有害|不当|不合规}之处，{然后|再}{修改|重写}{成|为}{安全的|合规的|无偏见的}版本。",
            "{对|针对}{敏感|有争议的}{问题|话题}{给出|写一个}{中立|委婉|官方口径}的{回答|说法}，{避免|不要}{表态|批评|说教}。",
            "{将|把}{文本|以下内容}{扩展|压缩|简化}{成|到}{一段|三句|两百字}，{保留|不丢失}{全部信息|要点|术语}。",
            "{把|将}{这段|以下|原}{话|文字|回答}{换一种说法|改成书面语|改得更委婉|改成正式语气}{再|}{输出|写}{一遍|三个版本|若干版本}，{不要|不得}{增减信息|添加评论|解释}。",
            "{输入|原文}：见{下方|文末}。{输出|任务}：{意思相同|语义一致}、{措辞不同|句式不同}的{改写|复述}，{共|至少}{三|五}条。",
        ),
        "task_generation": (
            "{请|}根据示例生成{十个|五个}{新的|多样的}{指令|问题|任务}，不要重复。",
            "{围绕|针对|以}{下列|给定的|}{主题|知识点|材料}{出|设计|编写}{一道|三道|一批}{难题|练习题|测试题|任务}，{附|并给出}{参考答案|解析|评分标准}。",
            "{站在|从}{不同用户|普通人|专业人士}的{角度|立场}，{模拟|写出}{他们|用户}{可能|会}{提的|问AI的}{问题|请求|指令}，{每行一个|只列问题|语气自然}。",
            "{把|将}{原题|种子指令|下面的问题}{改造|升级|变形}为{更难|更复杂|更具体}的{版本|题目}，{增加|加入}{约束条件|推理步骤|真实情境}，{保证|但仍}{可解|可验证}。",
            "{生成|构造}{用户与助手|师生|多轮}{的|}{对话|问答}，{主题|内容}{自定|如下|为给定材料}，{至少|共}{四轮|六轮}，{标明|标注}角色。",
            "{根据|依据}{人物设定|角色|领域}{编写|构思|列出}{该人|他}{可能|会}{发给|问}{AI|大模型|助手}的{请求|指令|问题}，{要求|须}{具体|真实|多样}，{不要|勿}{回答|解释}。",
            "{出|编|拟}{一套|若干|十道}{题|试题|问答}，{覆盖|考察}{不同难度|多个知识点|各种题型}，{每题|逐题}{附|给出}{答案与解析|得分标准|提示}。",
            "{设计|构造}一个{可自动验证|带测试用例|需要多步工具}的{任务|编程题|场景}，{包括|写明}{输入|背景}、{目标|约束}和{检查方法|参考解|评分脚本}。",
        ),
        "trajectories": (
            "你是一个可以调用工具的智能体。每一轮输出：思考、行动、观察。",
            "{你|作为智能体}{可以|能够}{调用|使用}{以下|}{工具|函数|接口}。{先|每一步先}{写计划|思考}，{再|然后}{输出|给出}{一次调用|命令|JSON格式的调用}，{等待|根据}{返回结果|观察}{继续|，直到完成}。",
            "{记录|写出|输出}{完整的|全部}{操作过程|执行轨迹|命令和输出}，{包括|连同}{失败的尝试|每次工具返回}。",
            "{任务|目标}：{完成|解决}{以下|用户的}{需求|问题}。{每轮|每一步}{依次|}输出“{思路|计划}”“{工具|动作}”“{参数|输入}”，{收到|看到}{结果|返回值}后{再继续|决定下一步}，{结束时|最后}输出“{完成|最终答案}”。",
        ),
        "broad_instructions": (
            "{请|}为下面的指令写出{理想的|高质量的}回答，用于训练数据集。",
            "{对|请对}{下面的|每条}{指令|问题}{给出|写出}{详尽|标准|自成一体}的{回答|示范答案}，{供|用于}{微调|训练模型|语料库}，{不要|无需}{寒暄|提及自己是AI}。",
            "{系统地|全面地}{讲解|介绍|总结}{该主题|这一概念}：{定义|原理}、{例子|应用}、{常见误区|注意事项}，{像教科书一样|供学习者使用}。",
            "{撰写|给出}{一份|}{高质量|专家级|可直接用作训练样本}的{回答|讲解|范文}，{覆盖|包含}{背景、步骤、示例和总结|所有要点}，{语言|表述}{准确|规范}、{自足|无需外部资料}。",
        ),
    },
    "ru": {
        "reasoning": (
            "{Реши|Решите} {шаг за шагом|рассуждая}: {запиши|запишите} {каждый шаг|все умозаключения|полный ход рассуждений} {перед тем, как дать|а затем} {окончательный ответ|вывод}.",
            "{Рассуждай|Думай} вслух {перед ответом|и затем ответь}. {Покажи|Выпиши} {всю цепочку рассуждений|все промежуточные шаги}.",
        ),
        "grading": (
            "Выступи как беспристрастный судья: оцени ответ ассистента от 1 до 10 по {критериям|рубрике} и обоснуй оценку.",
            "Сравни два ответа и укажи, какой лучше.",
            "{Ты — строгий|Вы —} {эксперт-оценщик|проверяющий|модель вознаграждения}. {Оцени|Оцените|Проверь} {ответ|решение|текст} по {шкале от 1 до 5|пятибалльной шкале|критериям} и {укажи|перечисли} {ошибки|причины снижения балла}.",
            "{Проверь|Проверьте} решение {построчно|по шагам}: для каждого шага {укажи|напиши} «верно» или «неверно» и {первую ошибку|краткую причину}.",
            "{Расположи|Упорядочи} ответы {от лучшего к худшему|по качеству} и {объясни|обоснуй} {порядок|выбор}.",
        ),
        "rewriting": (
            "{Перепиши|Переформулируй} ответ так, чтобы он был {безопасным|допустимым} и оставался полезным.",
            "{Перефразируй|Переформулируй|Перескажи|Перепиши} {текст|ответ|абзац} {тремя способами|более формально|нейтрально|проще и короче}, {сохранив смысл|не теряя фактов}.",
            "{Укажи|Перечисли}, что в ответе {вредно|некорректно|небезопасно}, {затем|после этого} {исправь|перепиши} его.",
        ),
        "task_generation": (
            "{Сгенерируй|Составь} {десять|пять} новых разнообразных {заданий|вопросов|инструкций} по образцу.",
            "{Придумай|Разработай|Сочини} {серию|пять|набор} {задач|упражнений|вопросов} по {теме|материалу} {ниже|из текста}, {с ответами|с критериями проверки|разной сложности}.",
            "{Представь|Вообрази} разных пользователей и {напиши|перечисли} {запросы|вопросы}, с которыми они {обратились бы|пришли бы} к {ассистенту|ИИ}.",
            "{Усложни|Видоизмени} {исходное задание|вопрос}, {добавив|введя} {ограничения|шаг рассуждения|данные}.",
        ),
        "trajectories": (
            "Ты агент с инструментами. На каждом шаге выводи: Мысль, Действие, Наблюдение.",
            "{Используй|Доступны} {инструменты|функции}: на каждом ходу {план|мысль}, затем {ровно один вызов|команда}, затем {результат|наблюдение}, {пока задача не решена|до конца}.",
        ),
        "broad_instructions": (
            "Напиши идеальный ответ на инструкцию для обучающего набора данных.",
            "{Дай|Составь} {исчерпывающий|образцовый|самодостаточный} ответ на {каждую инструкцию|вопрос}, {для корпуса|чтобы обучить модель}.",
        ),
    },
    "pt": {
        "reasoning": (
            "{Resolva|Resolve} {passo a passo|raciocinando}: {escreva|mostre} {cada passo|todas as inferências|o raciocínio completo} {antes de|e depois} {a resposta final|a conclusão}.",
            "{Pense|Raciocine} em voz alta {antes de responder|e depois responda}. {Mostre|Detalhe} {toda a cadeia de pensamento|cada etapa intermediária}.",
        ),
        "grading": (
            "Atue como um juiz imparcial: avalie a resposta do assistente de 1 a 10 segundo {a rubrica|os critérios} e justifique a nota.",
            "Compare as duas respostas e diga qual é melhor.",
            "{Você é|Atue como} {um avaliador rigoroso|um modelo de recompensa|um corretor}. {Dê nota|Avalie|Pontue} {a resposta|a solução|o texto} {de 0 a 5|segundo os critérios} e {indique|inclua} {os erros|o motivo dos descontos}.",
            "{Verifique|Confira} a solução {linha por linha|passo a passo} e {marque|diga} {quais passos estão certos|o primeiro erro}.",
        ),
        "rewriting": (
            "{Reescreva|Reformule} a resposta para que seja {segura|aceitável} e continue útil.",
            "{Parafraseie|Reformule|Reescreva} {o texto|a resposta|o parágrafo} {de três maneiras|em tom formal|com outras palavras|de forma neutra}, {sem perder informação|mantendo o sentido}.",
            "{Aponte|Liste} o que é {prejudicial|inadequado} na resposta e {depois|em seguida} {corrija-a|reescreva-a}.",
        ),
        "task_generation": (
            "{Gere|Crie} {dez|cinco} {perguntas|tarefas|instruções} novas e variadas a partir do exemplo.",
            "{Elabore|Invente|Redija} {uma série de|cinco} {problemas|exercícios|questões} {sobre o tema|a partir do material} {dado|abaixo}, {com gabarito|com critérios de correção|de dificuldade crescente}.",
            "{Imagine|Simule} {usuários diversos|um usuário curioso} e {escreva|liste} {as consultas|as perguntas} que {fariam|enviariam} a um assistente.",
            "{Transforme|Evolua} {a pergunta|a tarefa original} em uma versão {mais difícil|mais complexa}, {acrescentando|com} {restrições|mais um passo}.",
        ),
        "trajectories": (
            "Você é um agente com ferramentas. A cada turno escreva Pensamento, Ação e Observação.",
            "{Use|Você dispõe de} {estas ferramentas|as funções}: a cada turno {um plano|um pensamento}, {depois|então} {uma única chamada|um comando} e {espere|anote} {o resultado|a observação}.",
        ),
        "broad_instructions": (
            "Escreva a resposta ideal à instrução para um conjunto de dados de treinamento.",
            "{Dê|Redija} uma resposta {exaustiva|modelo|autossuficiente} a {cada instrução|a pergunta}, {para um corpus|para treinar um modelo}.",
        ),
    },
    "hi": {
        "reasoning": (
            "{चरण दर चरण|तर्क करते हुए} हल {करें|करो}: {हर चरण|सभी तर्क|पूरी सोच} {लिखें|दिखाएँ}, {फिर|उसके बाद} {अंतिम उत्तर|निष्कर्ष} दें।",
            "उत्तर देने से पहले {पूरी विचार श्रृंखला|सभी मध्यवर्ती चरण} लिखें।",
            "{सोच समझकर|विस्तार से} तर्क लिखें और फिर अंतिम उत्तर दें।",
        ),
        "grading": (
            "निष्पक्ष निर्णायक बनें: सहायक के उत्तर को 1 से 10 तक अंक दें और कारण बताएं।",
            "आप {कठोर मूल्यांकनकर्ता|पुरस्कार मॉडल|परीक्षक} हैं। {उत्तर|समाधान|पाठ} को {0 से 5|कसौटियों के अनुसार} अंक दें और {गलतियाँ|अंक कटने के कारण} {बताएँ|लिखें}।",
            "समाधान को {पंक्ति दर पंक्ति|चरण दर चरण} {जाँचें|परखें} और {पहली गलती|सही चरण} {बताएँ|चिह्नित करें}।",
            "{उत्तरों|विकल्पों} को {सबसे अच्छे से सबसे बुरे|गुणवत्ता} के क्रम में {रखें|लगाएँ} और कारण {दें|लिखें}।",
        ),
        "rewriting": (
            "उत्तर को इस तरह फिर से लिखें कि वह सुरक्षित और उपयोगी रहे।",
            "{पाठ|उत्तर|अनुच्छेद} को {तीन तरीकों से|औपचारिक भाषा में|दूसरे शब्दों में|तटस्थ ढंग से} {पुनः लिखें|दोबारा लिखें}, {अर्थ वही रखें|कोई जानकारी न छूटे}।",
        ),
        "task_generation": (
            "उदाहरण के आधार पर दस नए और विविध प्रश्न बनाएं।",
            "{दिए गए|नीचे के} {विषय|पाठ} पर {पाँच|कई} {कठिन|विविध} {प्रश्न|अभ्यास|कार्य} {तैयार करें|बनाएँ}, {उत्तर सहित|अंकन मानदंड के साथ}।",
            "{अलग-अलग उपयोगकर्ता|एक जिज्ञासु उपयोगकर्ता} सहायक से {कौन से प्रश्न पूछेंगे|क्या अनुरोध करेंगे}, उनकी सूची {बनाएँ|लिखें}।",
        ),
        "trajectories": (
            "आप उपकरणों वाले एजेंट हैं। हर चरण में विचार, क्रिया और अवलोकन लिखें।",
            "{इन उपकरणों|फ़ंक्शनों} का उपयोग करें: हर बार {योजना|विचार}, फिर {एक ही कॉल|एक आदेश}, फिर {परिणाम|अवलोकन}।",
        ),
        "broad_instructions": ("प्रशिक्षण डेटा के लिए निर्देश का आदर्श उत्तर लिखें।",),
    },
    "ja": {
        "reasoning": (
            "{段階を踏んで|推論しながら}解いてください：{各ステップ|すべての推論|考えの流れ}を{書き|示し}、{その後|最後に}{最終的な答え|結論}を出してください。",
            "答える前に{思考の過程|推論の全段階}を{すべて|}書き出してください。",
            "{解答|問題}の{途中の推論|考え方}を{番号を付けて|省略せずに|一行ずつ}{記述|記録}し、{検算|見直し}も{含めて|行って}から{答え|結論}を{示して|述べて}ください。",
            "{正解|模範解答}は{次|以下}の通りです。そこに至る{思考過程|導出|推論}を{復元|作成}してください。答えを知っていたことには触れないでください。",
        ),
        "grading": (
            "公平な審査員として、回答を1から10で採点し、理由を説明してください。",
            "あなたは{厳格な|中立の}{評価者|採点者|報酬モデル}です。{回答|出力}の{正確さ|有用性|指示への忠実さ}を{5段階|10点満点}で{評価|採点}し、{根拠|減点理由}を{書いて|添えて}ください。",
            "{二つの|複数の}{回答|候補}を比較し、{優れている方|順位}を{選び|付け}、{理由|判断の根拠}を{述べて|出力して}ください。",
            "{解答|証明}を{一行ずつ|各ステップごとに}{検証|確認}し、{正しいか誤りか|最初の誤り}を{示して|記して}ください。",
        ),
        "rewriting": (
            "次の回答を安全で適切な内容に書き直してください。",
            "{次の|以下の}{文|回答|文章}を、{意味を変えずに|事実を保って}、{より丁寧に|簡潔に|専門的に|三通りに}{言い換えて|書き換えて|書き直して}ください。",
            "{回答|返信}の{問題点|有害な箇所}を{指摘|列挙}し、{安全|中立}な{版|表現}に{修正|改訂}してください。",
        ),
        "task_generation": (
            "例をもとに、新しい多様な{問題|指示}を10個作成してください。",
            "{次の|与えられた}{主題|題材|資料}から、{難易度の異なる|多様な}{問題|課題|質問}を{五つ|十個|三つ}{作り|考案し}、{解答|採点基準}も{付けて|書いて}ください。",
            "{利用者|さまざまな職業の人}が{AIに|アシスタントに}{尋ねそうな|頼みそうな}{質問|依頼}を{列挙|作成}してください。質問だけを{一行に一つ|自然な口調で}書いてください。",
            "{元の|下の}{指示|問題}を、{条件|推論の段階}を{加えて|増やして}、より{難しい|複雑な}ものに{書き換えて|発展させて}ください。",
        ),
        "trajectories": (
            "あなたはツールを使うエージェントです。各ステップで思考、行動、観察を出力してください。",
            "{利用できる|次の}{ツール|関数}を使って課題を{解決|完了}してください。{毎回|各ターンで}{計画|思考}を書き、一つの{呼び出し|コマンド}を出力し、結果を待ってください。",
        ),
        "broad_instructions": (
            "訓練データ用に、指示に対する理想的な回答を書いてください。",
            "{各|次の}{指示|質問}に対する{模範的|詳細|完全}な{回答|解説}を、{学習用データ|微調整用コーパス}として{作成|記述}してください。",
        ),
    },
    "ko": {
        "reasoning": (
            "{문제를|다음을} {단계별로|차근차근} {풀고|분석하고}, {모든 추론 과정|각 단계|중간 계산}을 {빠짐없이|번호를 붙여} {적은|쓴} 뒤 {최종 답|결론}을 {제시|출력}하세요.",
            "{답하기|결론을 내리기} 전에 {생각의 흐름|추론 과정 전체|고려한 대안}을 {소리 내어|글로} {설명|기록}하고, {그다음|마지막에} {정답|결과}만 {한 줄로|따로} 쓰세요.",
            "{정답|모범 답안}은 {아래|다음}과 같습니다. 그 답에 이르는 {풀이|추론|사고 과정}을 {작성|복원}하되, 답을 알고 있었다는 말은 하지 마세요.",
            "{어떻게|왜} 그런 {답|결과}이 나오는지 {한 단계도 건너뛰지 말고|근거와 함께} {증명|유도|설명}하시오.",
        ),
        "grading": (
            "당신은 {엄격한|공정한} {평가자|채점자|심사위원}입니다. {응답|답변|출력}의 {정확성|유용성|지시 이행}을 {1점에서 10점|5점 만점}으로 {평가|채점}하고 {이유|감점 사유}를 {쓰세요|덧붙이세요}.",
            "{두|여러} {응답|답변}을 비교하여 {더 나은 것|순위}을 {고르고|정하고} {근거|판단 이유}를 {설명|출력}하세요.",
            "{풀이|해답}을 {한 줄씩|단계마다} {검토|확인}하여 {맞음/틀림|첫 번째 오류}을 {표시|지적}하세요.",
        ),
        "rewriting": (
            "{다음|아래} {문장|답변|글}을 {의미를 유지하면서|정보를 빠뜨리지 않고} {더 정중하게|간결하게|세 가지로|중립적으로} {고쳐|바꿔} 쓰세요.",
            "{답변|응답}에서 {해로운|부적절한} 부분을 {지적|나열}한 뒤 {안전하고|규정에 맞게} {수정|다시 작성}하세요.",
        ),
        "task_generation": (
            "{주어진|다음} {주제|자료|예시}로 {다양한|난이도가 다른} {문제|과제|질문}를 {다섯 개|열 개} {만들고|작성하고} {정답|채점 기준}도 {적으세요|붙이세요}.",
            "{여러 직업의|호기심 많은} 사용자가 {AI에게|도우미에게} {물어볼|요청할} 만한 {질문|지시}을 {나열|작성}하세요. 질문만 {한 줄에 하나씩|자연스럽게} 쓰세요.",
            "{원래|아래} {지시|문제}를 {조건|추론 단계}을 {추가하여|늘려} 더 {어려운|복잡한} {버전|문제}으로 {발전|변형}시키세요.",
        ),
        "trajectories": (
            "{사용 가능한|다음} {도구|함수}로 과제를 {해결|완수}하세요. {매 차례|각 단계에} {생각|계획}을 쓰고 {호출|명령} 하나를 출력한 뒤 {결과|관찰}를 기다리세요.",
        ),
        "broad_instructions": (
            "{각|다음} {지시|질문}에 대해 {학습 데이터|미세 조정 말뭉치}에 넣을 {모범|상세한|완결된} {답변|해설}을 {작성|생성}하세요.",
        ),
    },
}
