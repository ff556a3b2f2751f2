"""Story grammar (own work). In a template [a|b|c] picks one, may nest; $name is replaced."""

import re


def spin(s, rng, env):
    # innermost-first choice expansion
    while True:
        m = re.search(r"\[([^\[\]]*)\]", s)
        if not m:
            break
        s = s[: m.start()] + rng.choice(m.group(1).split("|")) + s[m.end() :]
    s = re.sub(r"\$(\w+)", lambda m: env[m.group(1)], s)
    s = re.sub(r"[ \t]+", " ", s).replace(" .", ".").replace(" ,", ",")
    s = re.sub(r"\ba ([aeiou])", r"an \1", s)
    s = re.sub(r"\bA ([aeiou])", r"An \1", s)
    # capitalise sentence starts
    s = re.sub(r'(^|[.!?] |\n)(["]?)([a-z])', lambda m: m.group(1) + m.group(2) + m.group(3).upper(), s)
    return s.strip()


GIRLS = "Lily Mia Anna Emma Sara Zoe Nora Ella Ruby Lucy Maya Ivy Rosa Clara Alice Daisy Hanna Luna Kate Molly".split()
BOYS = "Tom Ben Max Leo Sam Jack Finn Oscar Noah Theo Paul Adam Milo Eli Hugo Felix Peter Omar Luke Danny".split()
PETN = "Pip Toby Coco Nutmeg Bubbles Hazel Biscuit Poppy Rusty Pepper Sunny Clover Dot Misty Bruno Tiny Waffle Bella Rocky Snowy".split()
KINDS_A = "fox rabbit bear mouse cat dog owl squirrel hedgehog duck frog turtle elephant lion penguin pig pony monkey deer wolf bee snail koala panda".split()
KINDS_F = "robot dragon unicorn giant fairy knight princess prince pirate wizard astronaut mermaid".split()
KINDS_P = "girl boy baker farmer gardener fisherman painter sailor".split()
ADJ = "little small young kind brave curious shy clever happy quiet friendly gentle cheerful lonely playful sleepy".split()
PLACES = [
    "in a small village",
    "in a green forest",
    "in a cozy house near a river",
    "in a little town by the sea",
    "on a farm at the foot of a hill",
    "in a quiet valley",
    "in a sunny meadow",
    "in a tall house with a red door",
    "on a snowy mountain",
    "in a garden full of flowers",
    "in an old castle",
    "in a hut at the edge of the woods",
    "on a little island",
    "near a blue lake",
    "in a busy town",
    "at the end of a long road",
]
OBJS = "ball:red kite:blue hat:green scarf:warm drum:small lamp:golden key:silver bell:shiny book:old boat:wooden ring:little basket:big flute:wooden cup:yellow blanket:soft map:old clock:little box:small coin:golden shell:pink".split()
FOODS = [
    "bread",
    "apple pie",
    "honey cake",
    "berry jam",
    "soup",
    "cookies",
    "cheese",
    "pancakes",
    "plums",
    "nuts",
]
SPOTS = [
    "under the bed",
    "behind the door",
    "in the garden",
    "under the old oak tree",
    "by the river",
    "in the kitchen",
    "near the well",
    "behind the big rock",
    "in the tall grass",
    "at the market",
    "on the roof",
    "in the barn",
]
SKILLS = "swim:in the lake|ride a bicycle:on the path|bake bread:in the kitchen|fly a kite:on the hill|play the drum:in the yard|read:by the window|dance:in the big hall|sing:in front of everyone|climb a tree:in the garden|paint:by the river|skate:on the frozen pond|whistle:in the yard".split(
    "|"
)
FEARS = "the dark:at night|deep water:at the lake|loud thunder:during a storm|high places:on the hill|big dogs:in the street|the deep forest:among the tall trees".split(
    "|"
)


def art(w):
    return ("an " if w[0] in "aeiou" else "a ") + w


PLOTS = {}
PLOTS["lost"] = (
    "a lost $obj",
    "[Look carefully and ask for help.|Good friends help each other.|It is good to ask for help.]",
    '$intro $Name had a $objadj $obj. [$He took it everywhere.|It was a gift from $his grandmother.|$He loved it more than anything.]\nOne [morning|day|afternoon], the $obj was gone. ["Oh no! Where is my $obj?" cried $name.|$Name looked around and felt sad. "Where is my $obj?" $he asked.] $He looked $spot1, but it was not there. [Then $he|$He also] looked $spot2, but [there was only dust|it was not there either|$he found nothing].\n[$Name sat down and began to cry.|$Name was ready to give up.|A tear rolled down $his cheek.] [Just then, $frd came by.|Then $frd saw $him.] "[What is wrong?|Why are you sad?]" asked $frdn. "I lost my $obj," said $name. "[Do not worry. Let us look together.|I will help you. Four eyes see more than two.]"\nThey walked [slowly|side by side] and looked everywhere. At last, $frdn pointed $spot3. "[Look! Is that your $obj?|I see something $objadj!]" [It was!|Yes, it was the $obj!] $Name [jumped with joy|laughed and hugged $frdn|smiled a big smile]. "[Thank you, my friend|Thank you so much]!" $he said.\n[From that day on, $name took good care of the $obj.|That evening, they played together until the sun went down.|From that day on, $name and $frdn were best friends.]',
)
PLOTS["baby"] = (
    "helping a lost baby bird",
    "[Helping others makes everyone happy.|Be kind to those who are lost.]",
    '$intro [One day|One cold morning|One evening], $name heard a small sound $spot1. ["Peep, peep!"|It was a very soft cry.] $He looked closer and saw a baby bird. [It had fallen from its nest.|It was lost and cold.]\n"[Poor little bird|Do not be afraid]!" said $name. "I will take you home." $He [wrapped the bird in a soft cloth|held the bird gently|gave the bird some crumbs and water]. Then $he asked $frd for help. "[I know where the nest is|I saw a nest high in the old tree]," said $frdn.\nTogether they [walked to the tree|went to the old tree]. The nest was very high. [$Frdn held the ladder and $name climbed up.|$Name climbed slowly, one branch after another.] $He put the baby bird next to its brothers and sisters. [The mother bird sang a happy song.|The mother bird was so happy that she sang.]\nEvery [morning|spring] after that, the birds [sang for $name|came to sing at the window]. [And $name smiled each time.|$Name was proud and happy.]',
)
PLOTS["fear"] = (
    "being brave",
    "[Being brave means trying even when you are afraid.|Small steps can beat a big fear.]",
    '$intro $Name was [good at many things|happy most of the time], but $he was afraid of $fear. [$His friends laughed, but $name did not think it was funny.|$He never told anyone about it.]\nOne day, $frd [called for help|was in trouble] $fearplace. "[Help! I am stuck|Please help me]!" cried $frdn. $Name wanted to run away. $His [heart beat fast|legs were shaking]. But $he thought, "[My friend needs me.|I can do this, one step at a time.]"\n$He took a deep breath and took one step. Then $he took [another|another step and one more]. ["I am afraid, but I will not stop," $he said.|With every step $he felt a little braver.] At last $he reached $frdn and [helped $frdhim out|pulled $frdhim to safety].\n"[You are so brave|You saved me]!" said $frdn. $Name smiled. "[I was afraid, but I did it anyway|It was not so bad after all]," $he said. [That night, $name slept very well.|From that day on, $fear did not seem so scary.]',
)
PLOTS["share"] = (
    "sharing",
    "[Sharing makes everything better.|When you share, you always have enough.]",
    '$intro [One day|One winter day], $name [made|had] some $food. It smelled [wonderful|so good]. $He sat down $spot1 and was about to eat.\nThen $frd came by. $Frdn looked [tired and hungry|cold and hungry]. "[I have not eaten all day|I am so hungry]," said $frdn. $Name looked at the $food. [There was not very much of it.|$He was hungry too.] But $he said, "[Come and sit with me. We can share.|Please take half of it.]"\nThey ate together and [told funny stories|laughed a lot]. [The $food tasted even better.|It was the best meal of the year.]\nA few days later, $name [had nothing to eat|was sick and could not cook]. [Someone knocked|There was a knock] at the door. It was $frdn with a big basket of $food2! "[You shared with me. Now I will share with you|A good friend never forgets]," said $frdn. [They sat by the fire and ate until they were full.|$Name was so happy that $he almost cried.]',
)
PLOTS["skill"] = (
    "learning to $skill",
    "[Practice makes you better.|Never give up.]",
    '$intro More than anything, $name wanted to learn to $skill. [Every day $he watched the others and wished $he could do it too.|"One day I will do it," $he always said.]\n[The first time|On Monday], $name tried $skillplace. [It did not go well at all.|It was much harder than it looked.] [Some of the others laughed.|$He felt silly.] "[I will never learn this|Maybe I am not good enough]," said $name sadly.\n"[Everyone has to start somewhere|I could not do it at first either]," said $frd. "[Try again tomorrow|Let us practice together]." So $name practiced [every day|every morning and every evening]. [Some days were bad, but other days were better.|Little by little, it became easier.]\n[One sunny day|After many weeks], it happened. $Name could $skill! [Everybody clapped.|$Frdn cheered loudly.] "[You did it|I knew you could do it]!" said $frdn. $Name was [very proud|so happy that $he danced around]. [Now $he helps others to learn, too.|"I am glad I did not give up," $he said.]',
)
PLOTS["build"] = (
    "building a $thing",
    "[Together we are stronger.|If something breaks, you can build it again.]",
    '$intro One [summer|spring] day, $name decided to build a $thing. $He [found some wood and a hammer|collected everything $he needed]. $He worked all day. [In the evening it was finished.|When the sun went down, it was ready.] "[It is perfect|How beautiful it is]!" said $name.\nBut that night a big storm came. The wind blew and the rain fell. In the morning, the $thing was broken. $Name was [very sad|so sad that $he could not eat].\nThen $frd came with some friends. "[We heard what happened|Do not be sad]," said $frdn. "[Let us build it again, together|Many hands make light work]." [One carried the wood, one held the nails, and $name used the hammer.|Everyone had a job to do, and they sang while they worked.]\nThe new $thing was [bigger and stronger|much better] than the old one. [And it was big enough for everyone.|No storm could break it.] $Name said, "[Thank you! It is the best $thing in the world|I could not have done it without you]."',
)
PLOTS["storm"] = (
    "a stormy night",
    "[A home is warmer with friends.|There is always room for a friend.]",
    '$intro One night, there was a terrible storm. [The wind howled and the windows shook.|Thunder rolled over the hills.] $Name was warm and safe at home.\nKnock, knock! $Name opened the door. It was $frd, who was wet and cold. "[May I come in|Can I stay until the storm is over]?" asked $frdn. "[Of course|Yes, come in quickly]!" said $name.\nKnock, knock! Now there was a $kind3 at the door, and after that a $kind4. ["There is not much room," said $frdn. "We will make room," said $name.|"Come in, there is room for all," said $name.] $Name made some $food and gave everyone a blanket. They [told stories|sang songs] until the storm was over.\nIn the morning the sun was shining. ["This was the best storm ever," said $frdn, and they all laughed.|Everyone thanked $name and promised to come again.]',
)
PLOTS["honest"] = (
    "telling the truth",
    "[Always tell the truth.|Honesty is the best choice.]",
    '$intro One day, $name was playing with a ball in the house. ["Do not play inside," $his grandmother had said.|$He knew that this was not allowed.] Crash! The ball hit a blue vase. The vase fell and broke into many pieces.\n$Name [was afraid|felt terrible]. ["Maybe I can hide the pieces," $he thought.|"I could say that the wind did it," $he thought.] But $his heart felt heavy. $He could not [eat|play|sleep].\nAt last, $name went to $his grandmother. "[I broke the vase. I am very sorry|It was me. I played inside and broke your vase]," $he said [quietly|with tears in $his eyes].\nGrandmother [was silent for a moment|looked at the pieces]. Then she [smiled and hugged $him|took $his hand]. "[Thank you for telling the truth|A vase can be replaced, but trust cannot]," she said. [They cleaned up together and made a new vase out of clay.|$Name felt light and happy again.]',
)
PLOTS["newfriend"] = (
    "making a new friend",
    "[A simple hello can start a friendship.|It takes one kind word to make a friend.]",
    '$intro $Name had [no one to play with|many toys, but no friend]. [Every day $he sat $spot1 and watched the clouds.|"I wish I had a friend," $he said.]\nOne day, someone new moved in next door. It was $frd. $Frdn sat alone on the steps. $Name was shy. "[What if $frdhe does not like me|What should I say]?" $he thought. But then $he took a deep breath and walked over.\n"Hello," said $name. "[Do you want to play|Would you like to see my $obj]?" $Frdn looked up and smiled. "[Yes, please|I was hoping someone would ask]!"\nThey played [hide and seek|with the $objadj $obj|in the garden] all afternoon. [They shared some $food and laughed a lot.|When it was time to go home, they did not want to stop.] "[Will you come back tomorrow|See you tomorrow]?" asked $frdn. "[Yes|Of course]!" said $name. [And $name was never lonely again.|That was the beginning of a long friendship.]',
)
PLOTS["race"] = (
    "a big race",
    "[Kindness is worth more than winning.|Helping a friend is better than a prize.]",
    '$intro $Name was the fastest of all. [Every year there was a big race.|Soon the day of the big race came.] The winner would get a golden cup. "[This year I will win|I want that cup]," said $name.\nReady, steady, go! $Name ran [as fast as the wind|very fast]. $He was [first|in front of everyone]. But near the end, $he heard a cry. $Frd had fallen and hurt $frdhis leg. "[Help|Ouch]!" cried $frdn.\n$Name stopped. The finish line was [very close|right there]. ["What should I do?" $he thought.|The others were coming closer.] Then $he turned around and helped $frdn up. They walked to the finish line together. They were last.\nBut everybody cheered! ["You are the real winner," said the old judge.|"A kind heart is better than fast feet," said the judge.] $Name got [a big hug|a medal for kindness], and $he was prouder than ever.',
)
PLOTS["seed"] = (
    "a little seed",
    "[Good things take time.|Be patient.]",
    '$intro One spring day, $name found a tiny seed $spot1. "[What will you become, little seed|I wonder what you are]?" asked $name. $He planted it in the garden and gave it water.\nThe next day, [nothing happened|there was nothing to see]. The day after, still nothing. "[Why does it not grow|This is taking too long]?" said $name. $Frd laughed softly. "[Be patient|Good things take time]," said $frdn. "It needs water, sun and time."\nSo $name watered the seed every day. [$He sang to it, too.|$He waited and waited.] One morning, there was a small green leaf. Then there were two, then [four|many more]. [By summer, it was taller than $name.|Every week it grew a little taller.]\nAt last, a big [yellow sunflower|red rose|purple flower] opened. [Everyone came to look at it.|Bees and butterflies came from far away.] "It was worth the wait," said $name [happily|with a smile].',
)
PLOTS["birthday"] = (
    "a birthday surprise",
    "[Your friends care about you, even when you do not see it.|Friends make every day special.]",
    '$intro It was $his birthday. $Name woke up early and [ran outside|was very excited]. But nobody said "Happy birthday". [$Frd was not at home.|$Frd said that $frdhe was busy.] [The street was empty.|Everyone seemed to be in a hurry.]\n"[Everyone has forgotten my birthday|Nobody remembers me]," thought $name. $He walked $spot1 and sat there [all alone|for a long time]. [A cold wind blew.|$He tried not to cry.]\nIn the evening, $name went home. The house was dark. $He opened the door, and suddenly the lights went on. "Surprise!" shouted everybody. [There were balloons and a big cake.|There was music, and a cake with candles.] "[We were planning this all day|Did you think we would forget]," said $frdn with a smile.\n$Name laughed. ["This is the best birthday ever!" $he said.|$He blew out the candles and made a wish.] [They danced until late at night.|They ate $food and danced.]',
)
PLOTS["wolf"] = (
    "telling lies",
    "[If you lie too often, nobody will believe you.|Tell the truth, even in small things.]",
    '$intro $Name liked to play tricks. One day, $he shouted, "[Fire! Fire|Help! A wolf]!" Everyone came running with [buckets|sticks]. But there was [no fire|nothing]. $Name [laughed and laughed|thought it was very funny]. The others were not happy.\nThe next day, $name did it again. Again, everyone came. Again, there was nothing. "[This is not funny|Please do not do that again]," said $frd.\nThen, on the third day, $name [fell into a deep hole|was stuck in the mud]. "[Help! Please help me|Help! This time it is true]!" $he cried. But nobody came. ["It is only a trick," they said.|They thought it was a joke.]\n[After a long time|When it was almost dark], $frdn came to look. $Frdhe pulled $name out. "I am so sorry," said $name. "[I will never lie again|From now on, I will tell the truth]." [And $he kept $his promise.|And so it was.]',
)
PLOTS["treasure"] = (
    "a treasure",
    "[The best treasure is time with friends.|Some treasures are not made of gold.]",
    '$intro One rainy day, $name found an old map $spot1. There was a red X on it. "[A treasure map|This must show a treasure]!" said $name. $He ran to $frd. "[Will you come with me|Let us find it together]!"\nThey followed the map. First they [crossed a river on a log|walked through a dark forest]. Then they [climbed a steep hill|went past a cave full of bats]. [When $name was tired, $frdn told jokes.|When $frdn was afraid, $name held $frdhis hand.] At last, they came to [a tall tree|a big stone] with an X on it.\nThey dug and dug. Clunk! There was a box. Inside, there was no gold. There was only a [letter|piece of paper]. It said: "[The real treasure is the friend who came with you|You already have the greatest treasure: a good friend]."\n$Name looked at $frdn and [both laughed|they both smiled]. ["It is true," said $name.|"That is even better than gold," said $frdn.] They [ate some $food under the tree|walked home together] and were happy.',
)
PLOTS["moon"] = (
    "the moon",
    "[Dreams can shine in the dark.|Look up when you feel alone.]",
    '$intro Every night, $name looked at the moon. ["It looks so lonely up there," $he said.|"I wish I could visit the moon," $he said.] One night, $name could not sleep. $He went outside and sat $spot1.\n"Hello, Moon," said $name. "[Are you lonely|Can you hear me]?" [To $his surprise, the moon smiled.|The moon grew a little brighter.] "[Thank you for asking|I am never alone]," said the moon [softly|in a quiet voice]. "[I see all the children and animals who look at me|The stars are my friends, and so are you]."\n$Name [laughed|felt warm inside]. They talked about [the sea and the mountains|dreams and faraway places] until $name became sleepy. "Good night," whispered the moon.\nIn the morning, $name woke up in $his bed. ["Was it a dream?" $he wondered.|On $his pillow there was a little silver star.] [But every night, $he waved at the moon, and the moon always seemed to smile.|From then on, $he said good night to the moon every evening.]',
)
PLOTS["monster"] = (
    "a friendly dragon",
    "[Do not judge someone by their looks.|Someone who looks scary can be kind.]",
    '$intro Near $his home there was a dark cave. Everyone said that a terrible dragon lived there. ["Never go near the cave," said $frd.|Nobody dared to go there.]\nOne day, $name heard someone crying in the cave. $He was afraid, but $he was also [curious|kind]. $He took a lamp and went inside. There sat a big green dragon with [tears in its eyes|a thorn in its foot].\n"[Why are you crying|What is wrong]?" asked $name. "[Everyone runs away from me|Nobody wants to be my friend]," said the dragon. "[I only want someone to talk to|I have never hurt anyone]." $Name sat down next to it. "[I will be your friend|You can be my friend]," $he said.\nThe next day, $name brought the dragon to the village. [At first, everyone was afraid.|Everyone hid behind the doors.] But then the dragon [lit all the lamps with its fire|baked bread with its warm breath]. [The children clapped and laughed.|Soon everyone loved the dragon.] And the dragon was never [lonely|sad] again.',
)
PLOTS["sick"] = (
    "a sick friend",
    "[Good friends take care of each other.|Small acts of kindness make big changes.]",
    '$intro One morning, $name wanted to play with $frd. But $frdn was [sick|in bed with a bad cold]. "[I cannot play today|My head hurts and my nose is red]," said $frdn in a weak voice.\n$Name had an idea. $He went home and made some hot $food. [$He picked some flowers, too.|$He also took $his favorite book.] Then $he went back to $frdn. "[I brought something for you|This will make you feel better]," said $name.\n$Frdn ate [slowly|a little] and smiled. $Name read a funny story, and they both laughed. ["Laughing is good medicine," said $frdn.|Soon $frdn fell asleep.] $Name came back every day.\nAfter [three days|one week], $frdn was well again. "[You are the best friend in the world|Thank you for taking care of me]," $frdhe said. [They ran outside and played in the sun.|And at last they could play together again.]',
)
PLOTS["greedy"] = (
    "being greedy",
    "[Do not be greedy.|Be happy with what you have.]",
    '$intro $Name [loved $food more than anything|always wanted more than the others]. One day, $he found a big [basket|pot] of $food $spot1. "[It is all mine|I will not give any of it away]!" said $name.\n$Frd came by. "[That smells good. May I have some|Can I have a little]?" asked $frdn. "No!" said $name. $He [hid the basket|turned away] and ate and ate. Soon $his belly [hurt|was as round as a ball]. "[Ouch|Oh, my belly]!" $he cried.\n$Frdn [came back|was not angry]. $Frdhe made some warm tea and sat with $name. $Name [felt ashamed|was sorry]. "[I was greedy|I should have shared with you]," $he said. "Please take the rest."\n"[Let us share it with everyone|We can have a party]," said $frdn. So they called all their friends. [There was enough for everyone.|They ate, danced and sang.] And $name learned that [food tastes better with friends|sharing is more fun].',
)
PLOTS["robot"] = (
    "a robot who learns to help",
    "[Helping others gives life meaning.|Everyone has something good to give.]",
    '[Once upon a time|In a small workshop|Not long ago], there was a $adj robot named $name. $Name was made of old [cans|metal] and had [two round eyes|a blue light on its head]. [It could count to one million, but it did not know what it was for.|It could do many things, but it had no job.]\n"What am I good for?" asked $name. It went to the baker, but the bread [burned|was too hard]. It went to the farmer, but the [chickens ran away|cows were afraid]. $Name was sad. Its light became [weak|dim].\nOne night, $frd was lost in the dark. ["I cannot see the way home," cried $frdn.|$Frdn called for help.] $Name heard it and turned its light on as bright as it could. "[Follow my light|Come with me. I know every path]," said $name. Together they found the way home.\n"[You saved me|You are a hero]!" said $frdn. From that day on, $name [lit the way for everyone|was the lamp of the village]. ["Now I know what I am good for," it said happily.|And its light never became weak again.]',
)
PLOTS["team"] = (
    "working together",
    "[Together we can do great things.|Teamwork makes hard things easy.]",
    '$intro One day, a big [rock|tree] fell on the road after a storm. Nobody could get through. [The baker could not bring the bread.|The children could not go to school.]\n$Name pushed as hard as $he could, but it did not move. $Frd tried too, but it [did not move|was too heavy]. A $kind3 came and tried. Then a $kind4 came and tried. [Nobody was strong enough.|It stayed where it was.]\n"[Wait|I have an idea]," said $name. "[Let us all push at the same time|We should work together]." They stood side by side. "One, two, three, push!" The [rock|big thing] moved a little. "Again! One, two, three, push!" It rolled [off the road|into the grass].\n"Hooray!" shouted everyone. ["Alone we could not do it, but together we are strong," said $frdn.|The road was open again.] They celebrated with $food, and $name was [happy|proud of the team].',
)
PLOTS["tiny"] = (
    "a small hero",
    "[Even the smallest can be a great help.|You do not have to be big to be a hero.]",
    '$intro [Everyone said that $name was too small to help.|"You are too small," the others always said.] This made $name sad.\nOne day, a big lion was caught in a net. It roared and pulled, but it could not get free. The others were [afraid and ran away|too afraid to help]. But $name [came closer|was not afraid]. "[I will help you|Stay still]," said $name. "You? You are so small," said the lion.\n$Name began to pull at the ropes, one after another. [It took a long time.|$He worked all night.] $Frd brought some water and said, "[Do not give up|You can do it]!" At last, snap! The last rope broke and the lion was free.\n"[Thank you, my little friend|You are small, but your heart is big]," said the lion. From that day on, nobody said that $name was too small. [And $name and the lion were friends forever.|Everyone called $him a hero.]',
)
PLOTS["sleep"] = (
    "a sleepy night",
    "[A calm heart sleeps well.|Rest is important.]",
    '$intro One night, $name could not sleep. $He turned to the left. $He turned to the right. [The bed was too warm, and the clock was too loud.|$His eyes just would not close.]\n$He counted [sheep|stars]. One, two, three, four, five. But $he was still awake. $He drank [a cup of warm milk|some water]. But $he was still awake. Then $he heard a soft sound $spot1. It was $frd, who could not sleep either.\n"[Let us listen to the night|Let us tell each other a quiet story]," whispered $frdn. They listened to the [wind|rain], and to the [owls|frogs] far away. [Slowly, their eyes became heavy.|Their breath became slow and calm.] "[This is nice|I feel sleepy now]," said $name.\nAnd before the moon was high, they were both fast asleep. [They dreamed of soft clouds and warm sunshine.|Good night, $name. Good night, $frdn.]',
)
PLOTS["way"] = (
    "finding the way home",
    "[Stay calm and think when you are lost.|There is always a light in the dark.]",
    '$intro One [autumn|winter] day, $name walked far into the forest to [pick berries|look for mushrooms]. $He walked and walked. When $he looked up, everything looked [the same|strange]. "[Oh no, I am lost|Where is the path]?" said $name.\nIt became dark. [The trees looked like giants.|The wind made scary sounds.] $Name wanted to cry, but $he remembered what $his mother always said: "[When you are lost, stay calm|Stop, breathe and think]." So $he sat down and listened.\nThen $he saw a small light. It was $frd with a lantern. "[I was looking for you|Everyone is looking for you]," said $frdn. "Follow me. I know the way." They walked together, [and the path seemed much shorter|and soon they saw the first houses].\nAt home there was warm $food on the table. ["I am so glad you are back," said $his mother.|Everyone hugged $name.] $Name [looked at the lantern and smiled|fell asleep in no time].',
)
PLOTS["market"] = (
    "a day at the market",
    "[A good deed comes back to you.|Small help can mean a lot.]",
    '$intro One Saturday, $name went to the market with a basket and three coins. $He wanted to buy $food. The market was full of [colors and smells|people and music].\nOn the way, $name met $frd, who was [carrying heavy bags|looking very tired]. "[Let me help you|I can carry one for you]," said $name. $He carried the bags all the way home. "[Thank you, you are very kind|What a kind helper you are]," said $frdn.\nWhen $name came back to the market, the $food was sold out. $He was [a little sad|disappointed], but $he said, "[It was right to help|Maybe next time]." $He walked home with an empty basket.\nBut at $his door there was a surprise. There was a plate of fresh $food and a note: "[For my kind helper|Thank you]. Your friend, $frdn." $Name [smiled all day|was so happy], and $he [shared it with $his family|saved one piece for tomorrow].',
)
THINGS = [
    "tree house",
    "little boat",
    "snow castle",
    "bridge",
    "bird house",
    "sand castle",
    "kite",
    "small cabin",
]
INTROS = [
    "[Once upon a time|Long ago|Once], there was a $adj $kind named $name. $He lived $place.",
    "[Once upon a time, $place,|$Place,] there lived a $adj $kind. $His name was $name.",
    "There was once a $adj $kind called $name, who lived $place.",
    "$Name was a $adj $kind. $He lived $place.",
    "$Place, there lived a $adj $kind named $name.",
]


def make_env(rng, kind=None, name=None, adj=None, obj=None):
    e = {}
    g = rng.choice("mf")
    if kind is None:
        x = rng.random()
        kind = rng.choice(KINDS_A) if x < 0.6 else rng.choice(KINDS_F) if x < 0.8 else rng.choice(KINDS_P)
    if kind in ("girl", "princess", "fairy", "mermaid"):
        g = "f"
    if kind in ("boy", "prince", "knight", "wizard", "fisherman"):
        g = "m"
    if name is None:
        if kind in KINDS_A or kind in ("robot", "dragon", "unicorn", "giant"):
            name = rng.choice(PETN + GIRLS if g == "f" else PETN + BOYS)
        else:
            name = rng.choice(GIRLS if g == "f" else BOYS)
    else:
        if name in GIRLS:
            g = "f"
        if name in BOYS:
            g = "m"
    e["kind"] = kind
    e["name"] = e["Name"] = name
    e["adj"] = adj or rng.choice(ADJ)

    def pro(g):
        return dict(he="he", him="him", his="his") if g == "m" else dict(he="she", him="her", his="her")

    p = pro(g)
    e.update(p)
    e["He"] = p["he"].title()
    e["His"] = p["his"].title()
    e["place"] = rng.choice(PLACES)
    e["Place"] = e["place"][0].upper() + e["place"][1:]
    # friend
    fg = rng.choice("mf")
    fk = rng.choice([k for k in KINDS_A if k != kind])
    fn = rng.choice([n for n in (PETN + (GIRLS if fg == "f" else BOYS)) if n != name])
    e["frdn"] = e["Frdn"] = fn
    e["frd"] = rng.choice([fn + " the " + fk, "a " + fk + " named " + fn, fn + " the " + fk])
    e["Frd"] = e["frd"][0].upper() + e["frd"][1:]
    e["frdkind"] = fk
    p = pro(fg)
    e["frdhe"] = p["he"]
    e["Frdhe"] = p["he"].title()
    e["frdhim"] = p["him"]
    e["frdhis"] = p["his"]
    o = rng.choice(OBJS) if obj is None else [x for x in OBJS if x.startswith(obj + ":")][0]
    e["obj"], e["objadj"] = o.split(":")
    e["spot1"], e["spot2"], e["spot3"] = rng.sample(SPOTS, 3)
    e["food"], e["food2"] = rng.sample(FOODS, 2)
    e["fear"], e["fearplace"] = rng.choice(FEARS).split(":")
    e["skill"], e["skillplace"] = rng.choice(SKILLS).split(":")
    e["thing"] = rng.choice(THINGS)
    k3, k4 = rng.sample([k for k in KINDS_A if k not in (kind, fk)], 2)
    e["kind3"], e["kind4"] = k3, k4
    return e


def story(rng, plot=None, **kw):
    plot = plot or rng.choice(list(PLOTS))
    if plot == "robot" and kw.get("kind") not in (None, "robot"):
        plot = "lost"
    if plot == "robot":
        kw["kind"] = "robot"
    if plot == "tiny" and kw.get("kind") in ("lion", "elephant", "giant", "dragon", "bear"):
        plot = "share"
    if plot == "monster" and kw.get("kind") == "dragon":
        plot = "newfriend"
    e = make_env(rng, **kw)
    if plot == "tiny" and "kind" not in kw:
        while e["kind"] in ("lion", "elephant", "giant", "dragon", "bear"):
            e = make_env(rng, **kw)
    if plot == "monster":
        while e["kind"] == "dragon":
            e = make_env(rng, **kw)
    topic, moral, body = PLOTS[plot]
    e["intro"] = spin(rng.choice(INTROS), rng, e)
    txt = spin(body, rng, e)
    return dict(text=txt, env=e, plot=plot, topic=spin(topic, rng, e).lower(), moral=spin(moral, rng, e))
