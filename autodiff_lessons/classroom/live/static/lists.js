// Who is stuck on what, and the most frequent misconceptions with the sentence for each.

import { made, named, setItems } from "./text.js";

const MOST_STUCK = 12, MOST_MISCONCEPTIONS = 8;

export function showStuck(list, stuck, exercises, names, now) {
  const rows = stuck.slice(0, MOST_STUCK).map(one => ({
    ...one,
    name: names.get(one.learner),
    title: exercises.get(one.exercise).title,
    minutes: Math.max(0, Math.floor((now - one.since) / 60)),
  }));
  setItems(list, () => {
    if (!rows.length) return [made("li", "empty", "Nobody is stuck.")];
    const items = rows.map(one => {
      const tries = one.wrong === 1 ? "one wrong answer" : `${one.wrong} wrong answers in a row`;
      const item = made("li", "", named(one.name), ` on ${one.exercise} ${one.title}: ${tries}, for ${one.minutes} min`);
      if (one.sentence) item.append(made("p", "sentence soft", one.sentence));
      return item;
    });
    if (stuck.length > rows.length) items.push(made("li", "soft", `and ${stuck.length - rows.length} more`));
    return items;
  }, JSON.stringify([rows, stuck.length]));
}

export function showMisconceptions(list, misconceptions, exercises, people) {
  const rows = misconceptions.slice(0, MOST_MISCONCEPTIONS);
  setItems(list, () => {
    if (!rows.length) return [made("li", "empty", "No known misconception was seen yet.")];
    return rows.map(one => {
      const who = one.learners === 1 ? "1 learner" : `${one.learners} learners`;
      const head = made("div", "", made("strong", "", `${one.exercise} ${exercises.get(one.exercise).title}`),
        made("span", "soft", ` ${who}, ${one.now} of them now`));
      const bar = made("div", "bar", part("now", one.now / people), part("past", (one.learners - one.now) / people));
      bar.setAttribute("aria-hidden", "true"); // the same is said in words above
      return made("li", "", head, bar, made("p", "sentence", one.sentence));
    });
  }, JSON.stringify([rows, people]));
}

function part(kind, share) {
  const node = made("span", kind);
  node.style.width = `${(100 * share).toFixed(2)}%`;
  return node;
}
