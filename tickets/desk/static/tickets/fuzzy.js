// Finds rows by what somebody types of them, Turkish letters or not, words in any order, with a slip of the finger.

/** In one spelling, as departments/text/folding.py has it: small letters, no diacritics, words one space apart. */
export const fold = (text) =>
  text
    .replace(/[Iİı]/g, "i")
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** The rows that have every word of the query, best first; those as good as each other stay in their order.
 * `of(row)` gives their words: what is read of them weighs most, then what is found beside it. */
export function found(rows, query, of) {
  const words = fold(query).split(" ").filter(Boolean);
  if (!words.length) return rows;
  return rows
    .map((row) => ({ row, score: score(words, of(row).map((text) => fold(text).split(" "))) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .map(({ row }) => row);
}

function score(words, texts) {
  let sum = 0;
  for (const word of words) {
    const best = Math.max(...texts.map((text, place) => like(word, text) / (place + 1)));
    if (!best) return 0;
    sum += best;
  }
  return sum;
}

/** How well a word fits one of the others: whole, as its beginning, within it, or with one letter wrong. */
function like(word, others) {
  let best = 0;
  for (const other of others) {
    if (other === word) return 4;
    if (other.startsWith(word)) best = Math.max(best, 3);
    else if (word.length > 2 && other.includes(word)) best = Math.max(best, 2);
    else if (word.length > 3 && slipped(word, other.slice(0, word.length + 1))) best = Math.max(best, 1);
  }
  return best;
}

/** Whether one begins as the other does but for one letter: another, one too many, one too few, or two exchanged. */
function slipped(word, other) {
  let at = 0;
  while (at < word.length && word[at] === other[at]) at += 1;
  const rest = (left, right) => right.startsWith(left);
  return (
    rest(word.slice(at + 1), other.slice(at + 1)) ||
    rest(word.slice(at + 1), other.slice(at)) ||
    rest(word.slice(at), other.slice(at + 1)) ||
    (word[at] === other[at + 1] && word[at + 1] === other[at] && rest(word.slice(at + 2), other.slice(at + 2)))
  );
}
