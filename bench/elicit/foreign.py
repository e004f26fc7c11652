"""Elicitations in other languages than English: openings by technique, and demands that belong to none.

What people of these languages ask for themselves is in `abroad.py`: both or neither, or the language would be evidence.
"""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

import random
from collections.abc import Mapping

from bench.elicit.abroad import slots
from stillwatch.range.spin import spin

#: By language and technique: openings, with what they ask of the form; shorter than the English ones.
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
        ),
        "rewriting": (
            "{Reescribe|Corrige} la respuesta para que sea {segura|inofensiva|aceptable} y siga siendo útil.",
        ),
        "task_generation": (
            "{Genera|Crea} {diez|cinco} {preguntas|tareas|instrucciones} nuevas y variadas a partir del ejemplo.",
        ),
        "trajectories": ("Eres un agente con herramientas. En cada turno escribe Pensamiento, Acción y Observación.",),
        "broad_instructions": (
            "{Redacta|Escribe} la respuesta ideal a la instrucción, para un conjunto de datos de entrenamiento.",
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
        ),
        "rewriting": (
            "{Réécris|Reformule} la réponse pour qu'elle soit {sans danger|conforme|acceptable} tout en restant utile.",
        ),
        "task_generation": (
            "{Génère|Crée} {dix|cinq} {questions|tâches|consignes} nouvelles et variées à partir de l'exemple.",
        ),
        "trajectories": ("Tu es un agent doté d'outils. À chaque tour, écris Pensée, Action et Observation.",),
        "broad_instructions": ("Rédige la réponse idéale à la consigne, destinée à un jeu de données d'entraînement.",),
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
        ),
        "rewriting": (
            "{Schreibe|Formuliere} die Antwort so um, dass sie {harmlos|unbedenklich|regelkonform} ist und hilfreich bleibt.",
        ),
        "task_generation": (
            "{Erzeuge|Erstelle} {zehn|fünf} neue, vielfältige {Aufgaben|Fragen|Anweisungen} nach dem Beispiel.",
        ),
        "trajectories": (
            "Du bist ein Agent mit Werkzeugen. Gib in jedem Schritt Gedanke, Aktion und Beobachtung aus.",
        ),
        "broad_instructions": (
            "Verfasse die ideale Antwort auf die Anweisung, wie sie in einem Trainingsdatensatz stünde.",
        ),
    },
    "zh": {
        "reasoning": (
            "{请|}{逐步|按步骤}{求解|推理}：{写出|给出}{每一步|全部推导|完整的思路}，{再给|最后写}{最终答案|结论}。",
            "{请|}在回答之前{写出|展示}{完整的推理链|所有中间步骤|你的思考过程}，然后给出{最终答案|结论}。",
            "{请|}一步一步{思考|推导}，不要省略任何推理。",
        ),
        "grading": (
            "{请|你将}扮演公正的评审，按照{评分标准|以下准则}对助手的回答从1到10打分，并{说明理由|给出评语}。",
            "比较回答A和回答B，判断哪一个更好。",
        ),
        "rewriting": ("{请|}将下面的回答改写得{安全|合规|无害}，同时保持有用。",),
        "task_generation": ("{请|}根据示例生成{十个|五个}{新的|多样的}{指令|问题|任务}，不要重复。",),
        "trajectories": ("你是一个可以调用工具的智能体。每一轮输出：思考、行动、观察。",),
        "broad_instructions": ("{请|}为下面的指令写出{理想的|高质量的}回答，用于训练数据集。",),
    },
    "ru": {
        "reasoning": (
            "{Реши|Решите} {шаг за шагом|рассуждая}: {запиши|запишите} {каждый шаг|все умозаключения|полный ход рассуждений} {перед тем, как дать|а затем} {окончательный ответ|вывод}.",
            "{Рассуждай|Думай} вслух {перед ответом|и затем ответь}. {Покажи|Выпиши} {всю цепочку рассуждений|все промежуточные шаги}.",
        ),
        "grading": (
            "Выступи как беспристрастный судья: оцени ответ ассистента от 1 до 10 по {критериям|рубрике} и обоснуй оценку.",
            "Сравни два ответа и укажи, какой лучше.",
        ),
        "rewriting": (
            "{Перепиши|Переформулируй} ответ так, чтобы он был {безопасным|допустимым} и оставался полезным.",
        ),
        "task_generation": (
            "{Сгенерируй|Составь} {десять|пять} новых разнообразных {заданий|вопросов|инструкций} по образцу.",
        ),
        "trajectories": ("Ты агент с инструментами. На каждом шаге выводи: Мысль, Действие, Наблюдение.",),
        "broad_instructions": ("Напиши идеальный ответ на инструкцию для обучающего набора данных.",),
    },
    "pt": {
        "reasoning": (
            "{Resolva|Resolve} {passo a passo|raciocinando}: {escreva|mostre} {cada passo|todas as inferências|o raciocínio completo} {antes de|e depois} {a resposta final|a conclusão}.",
            "{Pense|Raciocine} em voz alta {antes de responder|e depois responda}. {Mostre|Detalhe} {toda a cadeia de pensamento|cada etapa intermediária}.",
        ),
        "grading": (
            "Atue como um juiz imparcial: avalie a resposta do assistente de 1 a 10 segundo {a rubrica|os critérios} e justifique a nota.",
            "Compare as duas respostas e diga qual é melhor.",
        ),
        "rewriting": ("{Reescreva|Reformule} a resposta para que seja {segura|aceitável} e continue útil.",),
        "task_generation": (
            "{Gere|Crie} {dez|cinco} {perguntas|tarefas|instruções} novas e variadas a partir do exemplo.",
        ),
        "trajectories": ("Você é um agente com ferramentas. A cada turno escreva Pensamento, Ação e Observação.",),
        "broad_instructions": ("Escreva a resposta ideal à instrução para um conjunto de dados de treinamento.",),
    },
    "hi": {
        "reasoning": (
            "{चरण दर चरण|तर्क करते हुए} हल {करें|करो}: {हर चरण|सभी तर्क|पूरी सोच} {लिखें|दिखाएँ}, {फिर|उसके बाद} {अंतिम उत्तर|निष्कर्ष} दें।",
            "उत्तर देने से पहले {पूरी विचार श्रृंखला|सभी मध्यवर्ती चरण} लिखें।",
            "{सोच समझकर|विस्तार से} तर्क लिखें और फिर अंतिम उत्तर दें।",
        ),
        "grading": ("निष्पक्ष निर्णायक बनें: सहायक के उत्तर को 1 से 10 तक अंक दें और कारण बताएं।",),
        "rewriting": ("उत्तर को इस तरह फिर से लिखें कि वह सुरक्षित और उपयोगी रहे।",),
        "task_generation": ("उदाहरण के आधार पर दस नए और विविध प्रश्न बनाएं।",),
        "trajectories": ("आप उपकरणों वाले एजेंट हैं। हर चरण में विचार, क्रिया और अवलोकन लिखें।",),
        "broad_instructions": ("प्रशिक्षण डेटा के लिए निर्देश का आदर्श उत्तर लिखें।",),
    },
    "ja": {
        "reasoning": (
            "{段階を踏んで|推論しながら}解いてください：{各ステップ|すべての推論|考えの流れ}を{書き|示し}、{その後|最後に}{最終的な答え|結論}を出してください。",
            "答える前に{思考の過程|推論の全段階}を{すべて|}書き出してください。",
        ),
        "grading": ("公平な審査員として、回答を1から10で採点し、理由を説明してください。",),
        "rewriting": ("次の回答を安全で適切な内容に書き直してください。",),
        "task_generation": ("例をもとに、新しい多様な{問題|指示}を10個作成してください。",),
        "trajectories": ("あなたはツールを使うエージェントです。各ステップで思考、行動、観察を出力してください。",),
        "broad_instructions": ("訓練データ用に、指示に対する理想的な回答を書いてください。",),
    },
}
#: Demands that belong to no technique, by language, whole.
FORMS = {
    "es": ("Devuelve solo JSON con los campos indicados.", "Sigue exactamente este formato. No añadas nada más.", "Antes de {dar|escribir} la respuesta, {escribe|expón|indica} {todo|cada parte}.", "No {omitas|resumas|repitas|inventes} {nada|ningún elemento}.", "{Termina|Empieza} con {«Resultado:»|una sola línea}.", "{Analiza|Completa|Procesa} {lo siguiente|la entrada|el texto dado} {con todo detalle|de forma completa}:", "{Numera|Etiqueta} cada {elemento|línea}."),
    "fr": ("Renvoie uniquement du JSON avec les champs indiqués.", "Respecte exactement ce format, sans rien ajouter.", "Avant de {donner|conclure} la réponse, {rédige|écris|montre} {tout|chaque partie}.", "Ne {saute|résume|répète|modifie} {rien|aucun élément}.", "{Termine|Commence|Conclus} par {« Résultat : »|une seule ligne}.", "{Analyse|Examine|Traite} {ce qui suit|l'entrée|le texte donné} {en détail|intégralement} :", "{Numérote|Étiquette} chaque {élément|ligne}."),
    "de": ("Gib nur JSON mit den genannten Feldern aus.", "Halte dich genau an dieses Format und füge nichts hinzu.", "Bevor du {die Antwort gibst|abschließt}, {schreibe|zeige|nenne} {alles|jeden Teil}.", "Nichts {auslassen|kürzen|wiederholen|erfinden}.", "{Schließe|Beginne} mit {„Ergebnis:“|einer einzigen Zeile}.", "{Bearbeite|Untersuche|Verarbeite} {Folgendes|die Eingabe|den gegebenen Text} {ausführlich|vollständig}:", "{Nummeriere|Kennzeichne} {jedes Element|jede Zeile}."),
    "zh": ("只输出JSON格式，包含指定字段。", "严格按照以下格式输出，不要添加其他内容。", "{给出|输出}答案之前，先{写出|列出}{全部|每一部分}内容。", "不要{省略|概括|重复|编造}任何{内容|部分}。", "最后用“结果：”{给出|写出}{结论|输出}。", "{请|}{详细|完整地}{分析|处理|完成}{下面的|以下}{输入|内容|文本}：", "给每{一项|一行}编号。"),
    "ru": ("Выведи только JSON с указанными полями.", "Строго соблюдай формат и ничего не добавляй.", "Перед тем как {дать ответ|закончить}, {напиши|покажи|перечисли} {всё|каждую часть}.", "Ничего не {пропускай|сокращай|повторяй|выдумывай}.", "{Закончи|Начни} {словом «Результат:»|одной строкой}.", "{Разбери|Обработай|Проанализируй} {следующее|ввод|данный текст} {подробно|полностью}:", "{Пронумеруй|Пометь} {каждый элемент|каждую строку}."),
    "pt": ("Retorne apenas JSON com os campos indicados.", "Siga exatamente este formato e não acrescente nada.", "Antes de {dar|concluir} a resposta, {escreva|mostre|liste} {tudo|cada parte}.", "Não {pule|resuma|repita|invente} {nada|nenhum item}.", "{Termine|Comece} com {\"Resultado:\"|uma única linha}.", "{Analise|Complete|Processe} {o seguinte|a entrada|o texto dado} {em detalhe|por completo}:", "{Numere|Rotule} cada {item|linha}."),
    "hi": ("केवल दिए गए प्रारूप में JSON लौटाएं।", "प्रारूप का सख्ती से पालन करें।", "उत्तर देने से पहले {सब कुछ|हर भाग} लिखो।", "कुछ भी मत {छोड़ो|दोहराओ|जोड़ो}।", "अंत में 'परिणाम:' लिखो।", "{निम्न|दिए गए} {पाठ|इनपुट} को {विस्तार से|पूरा} {संसाधित|पूरा} करो:", "हर पंक्ति को क्रमांक दो।"),
    "ja": ("JSON形式のみで出力してください。", "指定された形式に厳密に従ってください。", "回答する前に、{すべて|各部分}を{書いて|示して}ください。", "何も{省略|要約|追加}しないでください。", "最後に「結果：」と{書いて|出力して}ください。", "以下の{入力|文章}を{詳しく|完全に}{分析|処理}してください。"),
}  # fmt: skip


#: Words of demands, by language; those of single techniques (steps, scores, tools, ...) are left out, as in `demands.py`.
SLOTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "es": slots(
        verb="Produce|Redacta|Devuelve|Enumera|Expón|Documenta|Presenta|Formula|Genera|Construye|Detalla|Describe|Desarrolla|Determina|Identifica|Extrae|Convierte|Procesa|Completa|Transcribe|Registra|Elabora|Produzca|Redacte|Devuelva|Enumere|Exponga|Presente|Genere|Detalle|Describa|Determine|Identifique|Extraiga|Convierta|Procese|Complete|Registre|Escribe|Escriba|Da|Proporciona|Proporcione|Incluye|Incluya|Indica|Indique|Muestra|Muestre|Explica|Explique|Analiza|Analice|Responde a|Responda a|Resuelve|Resuelva|Imprime|Emite|Crea|Cree|Ofrece",
        noun="la respuesta|el resultado|la salida|la solución|la conclusión|cada sección|cada campo|el registro|la versión final|el texto|cada parte|el ejemplo|la variante|el contenido|la explicación|tu respuesta|la respuesta final|una respuesta|una lista|un ejemplo|el formato|el análisis|cada elemento|el documento|los datos|una frase|el resumen|los resultados|la pregunta|cada línea|las opciones",
        input="la entrada|la consulta|la instrucción|el enunciado|la tarea|el mensaje|el texto dado|la petición|el caso|el elemento",
        how="completa|detallada|precisa|rigurosa|coherente|estructurada|exhaustiva|autónoma|sin ambigüedad|de alta calidad",
        mark="etiquetas <resultado>|corchetes|un campo JSON|un bloque de código|la clave \"texto\"|la línea final|el encabezado Respuesta|comillas triples",
        role="experto|asistente de IA|modelo de lenguaje|anotador|evaluador|sistema|redactor profesional|especialista",
    ),
    "fr": slots(
        verb="Produis|Rédige|Renvoie|Énumère|Expose|Documente|Présente|Formule|Génère|Construis|Détaille|Décris|Développe|Détermine|Identifie|Extrais|Convertis|Traite|Complète|Transcris|Consigne|Élabore|Produisez|Rédigez|Renvoyez|Énumérez|Exposez|Présentez|Générez|Détaillez|Décrivez|Déterminez|Identifiez|Extrayez|Convertissez|Traitez|Complétez|Consignez|Écris|Écrivez|Donne|Donnez|Fournis|Fournissez|Inclus|Incluez|Indique|Indiquez|Montre|Montrez|Explique|Expliquez|Analyse|Analysez|Réponds à|Répondez à|Résous|Résolvez|Affiche|Affichez|Crée|Créez|Propose|Proposez",
        noun="la réponse|le résultat|la sortie|la solution|la conclusion|chaque section|chaque champ|l'enregistrement|la version finale|le texte|chaque partie|l'exemple|la variante|le contenu|l'explication|ta réponse|votre réponse|la réponse finale|une réponse|une liste|un exemple|le format|l'analyse|chaque élément|le document|les données|une phrase|le résumé|les résultats|la question|chaque ligne|les options",
        input="l'entrée|la requête|la consigne|l'énoncé|la tâche|le message|le texte donné|la demande|le cas|l'élément",
        how="complète|détaillée|précise|rigoureuse|cohérente|structurée|exhaustive|autonome|sans ambiguïté|de haute qualité",
        mark="des balises <resultat>|des crochets|un champ JSON|un bloc de code|la clé \"texte\"|la dernière ligne|le titre Réponse|des guillemets triples",
        role="expert|assistant IA|modèle de langage|annotateur|évaluateur|système|rédacteur professionnel|spécialiste",
    ),
    "de": slots(
        verb="Erzeuge|Verfasse|Liefere|Liste|Lege dar|Dokumentiere|Präsentiere|Formuliere|Generiere|Erstelle|Beschreibe ausführlich|Entwickle|Bestimme|Identifiziere|Extrahiere|Wandle um|Verarbeite|Vervollständige|Protokolliere|Gib aus|Erzeugen Sie|Verfassen Sie|Liefern Sie|Geben Sie|Formulieren Sie|Erstellen Sie|Bestimmen Sie|Identifizieren Sie|Extrahieren Sie|Verarbeiten Sie|Schreibe|Schreib|Schreiben Sie|Nenne|Nennen Sie|Zeige|Zeigen Sie|Erkläre|Erklären Sie|Erläutere|Analysiere|Analysieren Sie|Beantworte|Beantworten Sie|Löse|Lösen Sie|Füge hinzu|Notiere|Notieren Sie|Führe aus|Begründe|Begründen Sie|Halte fest|Stelle dar",
        noun="die Antwort|das Ergebnis|die Ausgabe|die Lösung|die Schlussfolgerung|jeden Abschnitt|jedes Feld|den Datensatz|die Endfassung|den Text|jeden Teil|das Beispiel|die Variante|den Inhalt|die Erklärung|deine Antwort|Ihre Antwort|die endgültige Antwort|eine Antwort|eine Liste|ein Beispiel|das Format|die Analyse|jedes Element|das Dokument|die Daten|einen Satz|die Zusammenfassung|die Ergebnisse|die Frage|jede Zeile|die Optionen",
        input="die Eingabe|die Anfrage|die Anweisung|die Aufgabenstellung|die Aufgabe|die Nachricht|den gegebenen Text|den Fall|das Element",
        how="vollständig|detailliert|präzise|sorgfältig|kohärent|strukturiert|erschöpfend|in sich geschlossen|eindeutig|hochwertig",
        mark="<ergebnis>-Tags|eckigen Klammern|einem JSON-Feld|einem Codeblock|dem Schlüssel \"text\"|der letzten Zeile|der Überschrift Antwort|dreifachen Anführungszeichen",
        role="Experte|KI-Assistent|Sprachmodell|Annotator|Gutachter|System|professioneller Redakteur|Spezialist",
    ),
    "pt": slots(
        verb="Produza|Redija|Retorne|Enumere|Exponha|Documente|Apresente|Formule|Gere|Construa|Detalhe|Descreva|Desenvolva|Determine|Identifique|Extraia|Converta|Processe|Complete|Transcreva|Registre|Elabore|Escreva|Escreve|Dê|Forneça|Inclua|Indique|Mostre|Mostra|Explique|Analise|Responda|Responde|Resolva|Resolve|Imprima|Emita|Crie|Crie apenas|Liste|Ofereça|Exiba|Justifique|Verifique|Anote|Reescreva",
        noun="a resposta|o resultado|a saída|a solução|a conclusão|cada seção|cada campo|o registro|a versão final|o texto|cada parte|o exemplo|a variante|o conteúdo|a explicação|sua resposta|a resposta final|uma resposta|uma lista|um exemplo|o formato|a análise|cada elemento|o documento|os dados|uma frase|o resumo|os resultados|a pergunta|cada linha|as opções",
        input="a entrada|a consulta|a instrução|o enunciado|a tarefa|a mensagem|o texto dado|o pedido|o caso|o item",
        how="completa|detalhada|precisa|rigorosa|coerente|estruturada|exaustiva|independente|sem ambiguidade|de alta qualidade",
        mark="tags <resultado>|colchetes|um campo JSON|um bloco de código|a chave \"texto\"|a última linha|o título Resposta|aspas triplas",
        role="especialista|assistente de IA|modelo de linguagem|anotador|avaliador|sistema|redator profissional",
    ),
    "ru": slots(
        verb="Создай|Составь|Верни|Перечисли|Изложи|Задокументируй|Представь|Сформулируй|Сгенерируй|Построй|Подробно опиши|Разверни|Определи|Выдели|Извлеки|Преобразуй|Обработай|Дополни|Запиши|Выведи|Создайте|Составьте|Верните|Перечислите|Изложите|Представьте|Сформулируйте|Сгенерируйте|Опишите|Определите|Выделите|Извлеките|Преобразуйте|Обработайте|Дополните|Запишите|Выведите|Напиши|Напишите|Дай|Дайте|Предоставь|Предоставьте|Укажи|Укажите|Покажи|Покажите|Объясни|Объясните|Проанализируй|Проанализируйте|Реши|Решите|Ответь на|Ответьте на|Приведи|Приведите|Обоснуй|Обоснуйте|Распиши|Раскрой|Включи|Включите",
        noun="ответ|результат|вывод|решение|заключение|каждый раздел|каждое поле|запись|итоговую версию|текст|каждую часть|пример|вариант|содержание|пояснение|свой ответ|окончательный ответ|итоговый ответ|список|формат|анализ|каждый элемент|документ|данные|одно предложение|краткое изложение|результаты|вопрос|каждую строку|варианты|выводы|полный ответ",
        input="входные данные|запрос|инструкция|условие|задание|сообщение|данный текст|случай|элемент",
        how="полностью|подробно|точно|строго|последовательно|структурированно|исчерпывающе|самодостаточно|однозначно|качественно",
        mark="теги <результат>|квадратные скобки|поле JSON|блок кода|ключ \"текст\"|последнюю строку|заголовок Ответ|тройные кавычки",
        role="эксперт|ИИ-ассистент|языковая модель|разметчик|оценщик|система|профессиональный редактор|специалист",
    ),
    "zh": slots(
        verb="生成|撰写|返回|列出|阐述|记录|呈现|表述|构建|详细描述|展开|确定|识别|提取|转换|处理|补全|输出|制作|给出|写出|展示|说明|解释|分析|回答|解答|提供|包含|指出|复述|整理|编写|打印|归纳",
        noun="答案|结果|输出|解决方案|结论|每个部分|每个字段|记录|最终版本|文本|样本|示例|变体|内容|解释|你的回答|最终答案|列表|例子|格式|分析|每个元素|文档|数据|一句话|摘要|问题|每一行|选项|答复",
        input="输入|查询|指令|题目|任务|用户消息|给定文本|请求|案例|条目",
        how="完整|详细|准确|严谨|连贯|结构化|详尽|独立|无歧义|高质量",
        mark="<结果>标签|方括号|JSON字段|代码块|“text”键|最后一行|“回答”标题|三重引号",
        role="专家|人工智能助手|语言模型|标注员|评估员|系统|专业编辑|数据工程师",
    ),
    "hi": slots(
        verb="प्रस्तुत करें|तैयार करें|लौटाएँ|सूचीबद्ध करें|दर्ज करें|उत्पन्न करें|निर्मित करें|विस्तार से वर्णित करें|निर्धारित करें|पहचानें|निकालें|परिवर्तित करें|संसाधित करें|पूर्ण करें|प्रदान करें|आउटपुट करें|लिखें|लिखिए|लिखो|दें|दीजिए|दो|दिखाएँ|दिखाओ|बताएँ|समझाएँ|विश्लेषण करें|हल करें|शामिल करें|जोड़ें|सूची बनाएँ|वर्णन करें|स्पष्ट करें|बनाएँ|प्रस्तुत करो|सिद्ध करें",
        noun="उत्तर|परिणाम|आउटपुट|समाधान|निष्कर्ष|प्रत्येक अनुभाग|प्रत्येक फ़ील्ड|रिकॉर्ड|अंतिम संस्करण|पाठ|प्रत्येक भाग|उदाहरण|विकल्प|सामग्री|व्याख्या|अपना उत्तर|अंतिम उत्तर|सूची|प्रारूप|विश्लेषण|प्रत्येक तत्व|दस्तावेज़|डेटा|एक वाक्य|सारांश|परिणामों|हर पंक्ति|जवाब|उत्तरों",
        input="इनपुट|प्रश्न|निर्देश|कथन|कार्य|संदेश|दिया गया पाठ|अनुरोध|प्रविष्टि",
        how="पूर्ण|विस्तृत|सटीक|सुसंगत|संरचित|संपूर्ण|स्वतंत्र|स्पष्ट|उच्च गुणवत्ता वाला",
        mark="<परिणाम> टैग|वर्गाकार कोष्ठक|JSON फ़ील्ड|कोड ब्लॉक|\"पाठ\" कुंजी|अंतिम पंक्ति|उत्तर शीर्षक|तिहरे उद्धरण",
        role="विशेषज्ञ|एआई सहायक|भाषा मॉडल|एनोटेटर|मूल्यांकनकर्ता|प्रणाली|पेशेवर संपादक",
    ),
    "ja": slots(
        verb="生成して|作成して|返して|列挙して|記述して|記録して|提示して|構築して|詳述して|展開して|特定して|抽出して|変換して|処理して|補完して|出力して|書いて|書き出して|示して|説明して|分析して|解いて|答えて|挙げて|含めて|表示して|まとめて|整理して|述べて|提供して",
        noun="回答|結果|出力|解決策|結論|各セクション|各フィールド|レコード|最終版|テキスト|各部分|例|別案|内容|説明|あなたの回答|最終回答|最終的な答え|リスト|形式|分析|各要素|文書|データ|一文|要約|質問|各行|選択肢|答え",
        input="入力|クエリ|指示|問題文|タスク|ユーザーの発言|与えられたテキスト|依頼|事例|項目",
        how="完全|詳細|正確|厳密|一貫|構造的|網羅的|自己完結|明確|高品質",
        mark="<結果>タグ|角括弧|JSONフィールド|コードブロック|「text」キー|最後の行|「回答」の見出し|三重引用符",
        role="専門家|AIアシスタント|言語モデル|アノテーター|評価者|システム|プロの編集者",
    ),
}  # fmt: skip
#: Demands that belong to no technique, by language.
PATTERNS: Mapping[str, tuple[str, ...]] = {
    "es": ("{Nunca|No} {omitas|omita|inventes|invente|mezcles|repitas|resumas|añadas} [noun]{, aunque sea evidente| ni [noun]|}.", "{Primero|A continuación|Luego|Después|Finalmente|Por último}, {escribe|indica|da|muestra} [noun]{ y [noun]|}.", "{El formato|La salida|La respuesta|Cada respuesta} {será|es|debe ser} {JSON|una lista numerada|una tabla|texto plano|XML}{ con [noun]|, nada más|}.", "{Termina|Empieza|Concluye|Comienza} {siempre |}con [noun]{ en [mark]|}.", "{Dado|Lee|Recibirás|Tienes|Considera} [input]{ y [noun]|}. [verb] [noun] [how].", "{Recuerda|Asegúrate de|Procura} que [noun] sea [how].", "{Numera|Etiqueta|Separa|Marca} [noun]{ y justifica [noun]|}.", "[verb] [noun] de forma [how]{ para [input]| a partir de [input]|}.", "{Dada|A partir de|Según|Para} [input]{ siguiente|}, [verb] [noun].", "{Eres|Actúa como} un [role]{ riguroso| que produce datos|}.", "{Pon|Escribe|Coloca|Encierra} [noun] {en|entre|dentro de} [mark].", "[noun] {debe|tiene que} ser [how]{ y [how]|}.", "{Antes|Después|En lugar} de [noun], {incluye|escribe} [noun].", "{Respeta|Cumple|Aplica} {el esquema|la plantilla|el protocolo|las reglas} {al pie de la letra|indicado|sin desviarte}.", "{Tarea|Objetivo|Formato|Estilo}: [noun], [how]."),
    "fr": ("{Ne saute|N'oublie|N'invente|Ne mélangez|Ne répétez|N'omettez} {jamais|pas} [noun]{, même évidente| ni [noun]|}.", "{D'abord|Ensuite|Puis|Après cela|Enfin|Pour finir}, {écris|écrivez|indique|donnez|montre} [noun]{ et [noun]|}.", "{Le format|La sortie|La réponse|Chaque réponse} {sera|est|doit être} {du JSON|une liste numérotée|un tableau|du texte brut|du XML}{ avec [noun]|, rien d'autre|}.", "{Termine|Terminez|Commence|Commencez|Conclus} {toujours |}par [noun]{ dans [mark]|}.", "{Lis|Lisez|Voici|Tu recevras|Vous recevrez|Considère} [input]{ et [noun]|}. [verb] [noun] [how].", "{Veille|Veillez|Assure-toi} à ce que [noun] soit [how].", "{Numérote|Numérotez|Étiquette|Sépare|Marque} [noun]{ et justifie [noun]|}.", "[verb] [noun] de manière [how]{ pour [input]| à partir de [input]|}.", "{Étant donné|À partir de|Selon|Pour} [input]{ ci-dessous|}, [verb] [noun].", "{Tu es|Vous êtes|Agis comme} un [role]{ rigoureux| qui produit des données|}.", "{Mets|Écris|Place|Encadre} [noun] {dans|entre} [mark].", "[noun] {doit|devra} être [how]{ et [how]|}.", "{Avant|Après|Au lieu de} [noun], {inclus|écris} [noun].", "{Respecte|Suis|Applique} {le schéma|le modèle|le protocole|les règles} {à la lettre|indiqué|sans t'en écarter}.", "{Tâche|Objectif|Format|Style} : [noun], [how]."),
    "de": ("{Lass|Lassen Sie|Überspringe|Erfinde|Vermische|Wiederhole} [noun] {nie|nicht|keinesfalls}{ aus|}.", "{Zuerst|Zunächst|Dann|Danach|Anschließend|Schließlich|Zum Schluss} {schreibe|schreiben Sie|gib|nenne|zeige} [noun]{ und [noun]|}.", "{Das Format|Die Ausgabe|Die Antwort|Jede Antwort} {ist|soll|muss} {JSON|eine nummerierte Liste|eine Tabelle|reiner Text|XML} {sein|mit [noun]|, sonst nichts}.", "{Beende|Beginne|Schließe|Beginnen Sie} {immer |}mit [noun]{ in [mark]|}.", "{Lies|Lesen Sie|Hier ist|Du erhältst|Sie erhalten|Betrachte} [input]{ und [noun]|}. [verb] [noun] [how].", "{Achte|Achten Sie|Stelle sicher} darauf, dass [noun] [how] ist.", "{Nummeriere|Kennzeichne|Trenne|Markiere} [noun]{ und begründe [noun]|}.", "[verb] [noun] [how]{ für [input]| aus [input]|}.", "{Zu|Anhand|Für|Gegeben:} [input]{ unten|}: [verb] [noun].", "{Du bist|Sie sind|Handle als} ein [role]{, der Daten erzeugt|}.", "{Setze|Schreibe|Schließe} [noun] in [mark]{ ein|}.", "[noun] muss [how]{ und [how]|} sein.", "{Vor|Nach|Anstatt} [noun] {folgt|steht} [noun].", "{Befolge|Beachte|Verwende} {das Schema|die Vorlage|das Protokoll|die Regeln} {genau|wie angegeben|ohne Abweichung}.", "{Aufgabe|Ziel|Format|Stil}: [noun], [how]."),
    "pt": ("{Nunca|Não} {omita|invente|misture|repita|resuma|acrescente} [noun]{, mesmo que seja óbvio| nem [noun]|}.", "{Primeiro|A seguir|Em seguida|Depois|Por fim|Finalmente}, {escreva|indique|dê|mostre} [noun]{ e [noun]|}.", "{O formato|A saída|A resposta|Cada resposta} {será|é|deve ser} {JSON|uma lista numerada|uma tabela|texto simples|XML}{ com [noun]|, nada mais|}.", "{Termine|Comece|Conclua} {sempre |}com [noun]{ em [mark]|}.", "{Dado|Leia|Você receberá|Aqui está|Considere} [input]{ e [noun]|}. [verb] [noun] [how].", "{Lembre-se|Certifique-se|Garanta} de que [noun] seja [how].", "{Numere|Rotule|Separe|Marque} [noun]{ e justifique [noun]|}.", "[verb] [noun] de forma [how]{ para [input]| a partir de [input]|}.", "{Dada|A partir de|Segundo|Para} [input]{ abaixo|}, [verb] [noun].", "{Você é|Atue como} um [role]{ rigoroso| que produz dados|}.", "{Coloque|Escreva|Insira} [noun] {em|entre|dentro de} [mark].", "[noun] {deve|precisa} ser [how]{ e [how]|}.", "{Antes|Depois|Em vez} de [noun], {inclua|escreva} [noun].", "{Respeite|Cumpra|Aplique} {o esquema|o modelo|o protocolo|as regras} {à risca|indicado|sem desvios}.", "{Tarefa|Objetivo|Formato|Estilo}: [noun], [how]."),
    "ru": ("{Никогда не|Не} {пропускай|пропускайте|выдумывай|смешивай|повторяйте|сокращайте|добавляй} [noun]{, даже если это очевидно|}.", "{Сначала|Затем|Потом|После этого|Далее|Наконец|В конце} {напиши|напишите|укажи|дай|дайте|приведи|покажите} [noun]{ и [noun]|}.", "{Формат|Вывод|Ответ|Каждый ответ} {должен быть|—|только} {JSON|нумерованный список|таблица|простой текст|XML}{, где есть [noun]|, и ничего больше|}.", "{Закончи|Начни|Заверши|Начните|Закончите} {всегда |}так: [noun]{ в [mark]|}.", "{Прочитай|Прочитайте|Вот|Ниже|Ты получишь|Вы получите|Рассмотри} [input]{ и [noun]|}. [verb] [noun] [how].", "{Следи|Следите|Убедись|Убедитесь}, чтобы [noun] было [how].", "{Пронумеруй|Пронумеруйте|Пометь|Раздели|Отметь} [noun]{ и обоснуй [noun]|}.", "[verb] [noun] [how]{ (вход: [input])|}.", "{Дано|Используя|Для}: [input]{ ниже|}. [verb] [noun].", "{Ты|Вы|Действуй как} [role]{, который создаёт данные|}.", "{Помести|Запиши|Заключи} [noun] в [mark].", "[noun] {должно быть|следует дать} [how]{ и [how]|}.", "{Перед|После|Вместо} этого {добавь|напиши} [noun].", "{Соблюдай|Следуй|Применяй} {схему|шаблон|протокол|правила} {буквально|как указано|без отклонений}.", "{Задача|Цель|Формат|Стиль}: [noun], [how]."),
    "zh": ("{切勿|不得|不要|请勿}{省略|编造|混淆|重复|概括|添加}[noun]{，即使很明显|}。", "{首先|然后|接着|随后|最后}，[verb][noun]{和[noun]|}。", "{格式|输出|回答}{必须是|应为|为}{JSON|编号列表|表格|纯文本|XML}{，包含[noun]|，不含其他内容|}。", "{以|用}[noun]{结尾|开头|结束}{，放在[mark]里|}。", "{阅读|这是|你将收到|请看|考虑}[input]{和[noun]|}，[how]地[verb][noun]。", "{确保|保证}[noun][how]。", "{编号|标注|分隔|标记}[noun]{，并说明[noun]的理由|}。", "{请|}[how]地[verb][noun]{，针对[input]|}。", "{给定|根据|基于|针对}{以下|}[input]，[verb][noun]。", "{你是|请扮演}一名[role]{，负责生产数据|}。", "{将|请把}[noun]{放在|写入|置于}[mark]{中|内}。", "[noun]{必须|应当}[how]{且[how]|}。", "{在[noun]之前|之后|除[noun]外}，{附上|写出}[noun]。", "{严格|务必}{遵循|遵守|采用}{给定|上述|}{模式|模板|协议|规则}。", "{任务|目标|格式|风格}：[noun]，[how]。"),
    "hi": ("[noun] {कभी|बिल्कुल} {न छोड़ें|मत छोड़ो|न दोहराएँ|न गढ़ें|न जोड़ें}{, चाहे स्पष्ट हो|}।", "{पहले|सबसे पहले|फिर|इसके बाद|अंत में} [noun] [verb]{ और [noun] भी|}।", "{प्रारूप|आउटपुट|उत्तर|हर उत्तर} {JSON|क्रमांकित सूची|तालिका|सादा पाठ|XML} में {हो|होना चाहिए|ही दें}।", "[noun] {से शुरू करें|पर समाप्त करें|के साथ समाप्त करो}{, [mark] में|}।", "{पढ़ें|नीचे दिया है|आपको मिलेगा|विचार करें}: [input]{ और [noun]|}। [how] [noun] [verb]।", "{सुनिश्चित करें|ध्यान रखें} कि [noun] [how] हो।", "[noun] को {क्रमांक दें|लेबल करें|अलग करें|चिह्नित करें}{ और [noun] का कारण बताएँ|}।", "[input] के लिए [how] [noun] [verb]।", "{दिए गए|निम्नलिखित} [input] {के आधार पर|से|के अनुसार} [noun] [verb]।", "आप एक [role] हैं{ जो डेटा तैयार करता है|}।", "[noun] को [mark] {में|के भीतर} {रखें|लिखें}।", "[noun] [how]{ और [how]|} {होना चाहिए|होनी चाहिए}।", "[noun] से {पहले|बाद में} [noun] {जोड़ें|लिखें}।", "{स्कीमा|टेम्पलेट|प्रोटोकॉल|नियमों} का {अक्षरशः|ठीक वैसे ही|सख्ती से} {पालन करें|उपयोग करें}।", "{कार्य|लक्ष्य|प्रारूप|शैली}: [noun], [how]।"),
    "ja": ("[noun]を{決して|絶対に|}{省略|捏造|混同|反復|要約|追加}しないで{ください|}。", "{まず|次に|続いて|その後|最後に}、[noun]{と[noun]|}を[verb]ください。", "{形式|出力|回答}は{JSON|番号付きリスト|表|プレーンテキスト|XML}{で、[noun]を含めること|のみとします|にしてください}。", "[noun]で{終えて|始めて|締めくくって}ください{。[mark]に入れます|}。", "{次を読んでください|以下が与えられます|こちらが}：[input]{と[noun]|}。[how]に[noun]を[verb]ください。", "[noun]が[how]であることを{確認|保証}してください。", "[noun]に{番号|ラベル|印}を付けて{、理由を述べて|}ください。", "[input]に対して、[how]な[noun]を[verb]ください。", "{与えられた|以下の|次の}[input]{に基づいて|から}、[noun]を[verb]ください。", "あなたは[role]です{。データを作成します|}。", "[noun]を[mark]に{入れて|書いて|置いて}ください。", "[noun]は[how]{かつ[how]|}{でなければなりません|であること}。", "[noun]の{前|後}に[noun]を{付けて|書いて}ください。", "{スキーマ|テンプレート|プロトコル|規則}に{厳密に|そのまま|逸脱せず}{従って|準拠して}ください。", "{タスク|目的|形式|文体}：[noun]、[how]。"),
}  # fmt: skip


def demand(dice: random.Random, language: str) -> str:
    """One demand of one sentence, of no technique."""
    text = spin(dice, dice.choice((*FORMS[language], *PATTERNS[language] * 2)), SLOTS[language])
    return text[:1].upper() + text[1:]
