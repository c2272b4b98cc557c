/** Class of a word in a noun phrase, from closed lists and word endings. */
export type WordClass =
  | 'determiner' // opens a phrase and is not part of it: articles, possessives, numbers
  | 'break' // ends a phrase: prepositions, pronouns, conjunctions, auxiliaries, adverbs
  | 'and' // ends a phrase, unless it joins two adjectives
  | 'verb' // ends a phrase, unless an article or adjective before it makes it a noun
  | 'participle' // an adjective before a noun, a verb after one
  | 'adjective' // part of a phrase, but not its last word
  | 'noun'; // everything else

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const DETERMINERS = words(`
  a an the this that these those each every either neither another any some all both no such
  my your his her its our their whose many much few several more most various multiple
  zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
  eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million dozen couple pair
  group bunch lot lots`);

const BREAKS = words(`
  i me we us you he him she it they them myself yourself himself herself itself ourselves themselves
  who whom which what where when why how whoever someone somebody something anyone anybody anything everyone
  everybody everything nobody nothing mine yours hers ours theirs
  of in on at by for from to into onto upon off out over under below beneath above across along around about against
  among amongst between behind beside besides beyond inside outside near nearby next down up through throughout toward
  towards past with within without via per like unlike despite during before after since until till except opposite
  underneath amid as than
  or nor but yet so if then because while whereas although though unless whether
  not never also too very quite rather just only even still already again always often sometimes here there now
  together apart away back forward forwards backward backwards ahead aside else maybe perhaps almost really
  do does did done doing can could will would shall should may might must have has had having
  please yes ok okay
  is are was were be been being am seem seems seemed appear appears appeared become becomes became remain remains
  isn't aren't wasn't weren't it's that's there's he's she's they're we're you're i'm who's what's`);

const VERBS = words(`
  look looks looked see sees saw seen find finds found shows showed shown detect detects locate 
  hold holds held wear wears wore worn carry carries ride rides rode ridden stand stands stood sit sits sat lie lies
  lay laid lean leans walk walks run runs ran jump jumps fly flies flew eat eats ate drinks drank watches
  play plays throw throws threw thrown catches caught hits kick kicks pull pulls push pushes drive drives
  drove sleep sleeps slept swim swims climb climbs take takes took taken make makes made get gets got give
  gives gave put puts use uses go goes went gone come comes came contain contains include includes 
  surround surrounds hang hangs hung wait waits talk talks speak speaks smile smiles 
  reaches keep keeps kept let lets feeds fed graze grazes float floats pose poses perform
  performs prepare prepares enter enters leave leaves depict depicts 
  reads write writes want wants need needs try tries say says know knows think thinks buy buys sell sells`);

const ADJECTIVES = words(`
  red orange yellow green blue purple violet pink brown black white gray grey golden silver beige tan teal cyan
  magenta turquoise maroon navy crimson scarlet dark light bright pale colorful colourful
  big small large little tiny huge giant tall short long wide narrow thick thin high low deep shallow fat slim
  old young new ancient modern elderly
  round square flat straight curved curly sharp smooth rough soft hard heavy empty full open closed broken
  hot cold warm cool wet dry clean dirty fresh ripe raw
  happy sad angry beautiful pretty cute ugly nice good bad great fine lovely friendly lonely busy quiet loud
  left right upper lower front rear top bottom middle central main same different other own
  first second third fourth fifth last next
  nearest closest farthest biggest smallest largest tallest shortest oldest youngest bigger smaller larger taller
  male female adult human wild alone asleep awake visible whole half double single plain striped dotted plaid fluffy
  furry hairy shiny wooden woolen plastic ripe bald blond blonde asian african american european french chinese
  japanese italian mexican german british english indian russian`);

/** Words in -ing, -ed or -ly that are nouns, or that always precede one. */
const NOUNS_DESPITE_ENDING = words(`
  building ceiling painting clothing string spring ring king wing thing swing sling duckling drawing earring railing
  lightning evening morning ping pudding wedding awning dumpling sibling frosting icing topping stuffing siding
  flooring herring sterling crossing shopping parking dining washing swimming fishing boxing camping
  bed shed seed weed sled moped reed newlywed breed bobsled
  fly butterfly dragonfly firefly lily jelly belly family dolly jellyfish ally bully reply supply assembly monopoly
  italy july holly trolly`);

/** Adjectives that may be the last word of a phrase: `traffic light`, `table top`. */
const ADJECTIVES_AND_NOUNS = words(`
  light dark orange square round top middle bottom front rear back male female adult human whole half double single
  plain plastic blond blonde cold flat white yellow african american european asian japanese italian mexican german
  indian russian`);

/** `the photo of …` names the picture, not something in it. */
export const PICTURE_WORDS = words(
  'picture pictures photo photos photograph image images drawing scene view shot',
);

/** Prepositions that contain a noun; the related objects precede and follow them. */
export const COMPOUND_PREPOSITIONS =
  /\b(?:in front of|on top of|at the (?:top|bottom|back|front|side|end|edge) of|(?:(?:to|on|at) )?(?:the |its |his |her |their )?(?:left|right|top|bottom|back|other)(?: hand)?(?: side)? of|(?:on|to|at) (?:the |its |his |her |their )?(?:left|right)(?: side)?(?! \p{L})|in the (?:middle|center|centre|background|foreground|distance|corner)(?: of)?|at the side of|by the side of|next to|close to|instead of|because of|ahead of|inside of|outside of|out of|out front)(?!\p{L})/giu;

/** True if a phrase can end with this word although it is also an adjective. @param word  lower case */
export function mayEndPhrase(word: string): boolean {
  return ADJECTIVES_AND_NOUNS.has(word);
}

/** @param word  lower case */
export function classifyWord(word: string): WordClass {
  if (DETERMINERS.has(word) || /^\d+$/.test(word)) return 'determiner';
  if (word === 'and') return 'and';
  if (BREAKS.has(word) || /['’](?:t|re|ve|ll|d|m)$/.test(word)) return 'break';
  if (VERBS.has(word)) return 'verb';
  if (ADJECTIVES.has(word)) return 'adjective';
  if (NOUNS_DESPITE_ENDING.has(word)) return 'noun';
  if (/.{2}(?:ing|ed)$/.test(word)) return 'participle';
  if (/.{2}ly$/.test(word)) return 'break';
  if (/.{3}(?:ful|ous|less|ish|able|ible|ive|esque|colored|coloured)$/.test(word)) return 'adjective';
  return 'noun';
}
