// The form of a page: reads what was entered, shows the score and why; examples fill it with one click.
"use strict";
const form = JSON.parse(document.getElementById("form-data").textContent);
const examples = JSON.parse(document.getElementById("example-data").textContent);
const say = (x) => (x === null ? "no bound" : String(Math.round(x * 1e6) / 1e6));

function entry(field) {
  const input = document.getElementById("field-" + field.k);
  const text = input.value.trim();
  if (text === "") return null;
  if (field.kind === "truth") return text === "yes";
  if (field.kind === "category") return field.choices.includes(text) ? [text] : text.split("+");
  const range = text.match(/^([<>]=?)?\s*(-?[\d.]+(?:e[+-]?\d+)?)(?:\s*\.\.\s*(-?[\d.]+))?$/i);
  if (range === null) return null;
  const number = Number(range[2]);
  if (range[3] !== undefined) return [number, Number(range[3])];
  if (range[1]) return range[1][0] === "<" ? [0, number] : [number, null];
  return number;
}
function entered() {
  const values = {}, hand = {};
  for (const field of form.fields) values[field.k] = entry(field);
  for (const input of document.querySelectorAll("[data-item]")) {
    const text = input.value.trim();
    if (text === "") continue;
    const weight = Number(input.dataset.weight || 1);
    if (input.tagName === "INPUT") {
      const bounds = [Number(input.min), Number(input.max)];
      const fits = Number(text) >= bounds[0] && Number(text) <= bounds[1];
      input.setCustomValidity(fits ? "" : `from ${bounds[0]} to ${bounds[1]}`);
      if (fits) hand[input.dataset.item] = weight * Number(text);
    } else hand[input.dataset.item] = text === "yes" ? true : text === "no" ? false : null;
  }
  return [values, hand];
}
function headline(r) {
  const words = [];
  const main = form.trees.main.t;
  if (main === "grade") words.push(r.grade === null ? `cannot grade: between ${say(r.lower)} and ${say(r.upper)}` : `grade ${r.grade}`);
  else if (r.score !== null) words.push(`${say(r.score)} ${form.unit || ""}`.trim());
  else if (r.lower !== null || r.upper !== null) words.push(`between ${say(r.lower)} and ${say(r.upper)}`);
  else if (r.met === null) words.push("not known");
  const yes = document.getElementById("calculator").className === "classification" ? "classified" : "met";
  if (r.met !== null) words.push(r.met ? yes : `not ${yes}`);
  else if (form.trees.met) words.push("open");
  return words.join(" · ");
}
// Fields that a tree reads, each once, in the order of reading.
function reads(tree, found = new Set()) {
  if (tree && typeof tree === "object") {
    if (typeof tree.k === "string") found.add(tree.k);
    for (const part of Object.values(tree)) reads(part, found);
  }
  return found;
}
const labelOf = Object.fromEntries(form.fields.map((f) => [f.k, f.label]));
const unitOf = Object.fromEntries(form.fields.map((f) => [f.k, f.unit]));
const listed = (names, most = 4) => (names.length > most ? `${names.slice(0, most).join(", ")} and ${names.length - most} more` : names.join(", "));
// Why an item is as it is: what was stated, the values that it rests on, or what is missing.
function why(tree, state, said, values) {
  if (said !== undefined) return said === null ? "stated as unknown" : "";
  const keys = [...reads(tree)];
  const known = keys.filter((k) => values[k] !== null).map((k) => `${labelOf[k]}: ${text(values[k])} ${unitOf[k]}`.trim());
  if (state !== null) return form.trees.main.t === "grade" ? "" : listed(known);
  const missing = keys.filter((k) => values[k] === null).map((k) => labelOf[k]);
  return [known.length ? listed(known) : "", missing.length ? `not known: ${listed(missing, 2)}` : ""].filter(Boolean).join("; ");
}
// The outcome in one sentence: which items decided, or what is missing.
function because(r, values) {
  const main = form.trees.main, name = (item) => document.querySelector(`#item-${item.id} label`).textContent.trim();
  const open = r.items.filter((i) => i.state === null).map(name), response = document.getElementById("calculator").className === "response";
  if (main.t === "grade") {
    const rung = r.items.find((i) => i.adds[0] === r.grade);
    return r.grade === null ? "" : rung ? name(rung) : "no grade is reached";
  }
  if (main.t !== "score") {
    const missing = [...reads(main)].filter((k) => values[k] === null).map((k) => labelOf[k]);
    const known = r.score !== null || r.met !== null;
    return known || !missing.length ? "" : `not known: ${listed(missing)}`;
  }
  if (response && r.met === false) return `not met because of: ${listed(r.items.filter((i) => i.state === false).map(name))}`;
  if (response && r.met) return open.length ? "enough components hold" : "every component holds";
  const scored = r.items.filter((i) => i.adds[0] > 0).map((i) => `${name(i)} ${say(i.adds[0])}`);
  const parts = response ? [] : [scored.length ? `scored: ${listed(scored, 24)}` : "no item is known to score"];
  return [...parts, ...(open.length ? [`not known: ${listed(open)}`] : [])].join("; ");
}
function show() {
  const [values, hand] = entered();
  const r = TW.evaluate(form, values, hand);
  document.getElementById("score").textContent = headline(r);
  const parts = Object.entries(r.parts).map(([name, b]) => {
    return `${name.replace(/_/g, " ")}: ${b[0] === b[1] ? say(b[0]) : `between ${say(b[0])} and ${say(b[1])}`}`;
  });
  document.getElementById("parts").textContent = parts.join(" · ");
  document.getElementById("why").textContent = because(r, values);
  const trees = form.trees.main.items ? Object.fromEntries(form.trees.main.items.map((i) => [i.id, [i.w, i.p]])) : {};
  if (form.trees.main.t === "grade") for (const [g, tree] of form.trees.main.r) trees["grade_" + g] = tree;
  for (const item of r.items) {
    const row = document.getElementById("item-" + item.id);
    if (!row) continue;
    const state = item.state === null || (item.adds[0] !== item.adds[1] && item.state) ? "open" : item.state ? "met" : "not-met";
    row.className = state;
    row.querySelector(".why").textContent = why(trees[item.id], item.state, hand[item.id], values);
    const cell = row.querySelector(".adds");
    if (cell) cell.textContent = item.adds[0] === item.adds[1] ? say(item.adds[0]) : `${say(item.adds[0])} to ${say(item.adds[1])}`;
    const word = row.querySelector(".state");
    if (word) word.textContent = { open: "unknown", met: "met", "not-met": "not met" }[state];
  }
  return r;
}
function text(value) {
  if (value === null || value === undefined) return "";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (Array.isArray(value) && typeof value[0] === "string") return value.join("+");
  if (Array.isArray(value)) return value[0] === null || (value[0] === 0 && value[1] !== null) ? "<=" + value[1] : value[1] === null ? ">=" + value[0] : `${value[0]}..${value[1]}`;
  return String(value);
}
function fill(example) {
  for (const field of form.fields) {
    const input = document.getElementById("field-" + field.k), wanted = text((example.values || {})[field.k]);
    if (input.tagName === "SELECT" && wanted && ![...input.options].some((o) => o.value === wanted)) input.add(new Option(wanted, wanted));
    input.value = wanted;
  }
  for (const input of document.querySelectorAll("[data-item]")) {
    const said = (example.hand || {})[input.dataset.item];
    const open = said === null ? "unknown" : "";
    input.value = said === undefined ? "" : typeof said === "number" ? said : said === null ? open : said ? "yes" : "no";
  }
  for (const box of document.querySelectorAll("#calculator details")) {
    if ([...box.querySelectorAll("input, select")].some((input) => input.value !== "")) box.open = true;
  }
  return show();
}
function differences(example, r) {
  const want = example.result, keys = ["score", "lower", "upper", "grade", "met"];
  return keys.filter((k) => (typeof want[k] === "number" && typeof r[k] === "number" ? Math.abs(want[k] - r[k]) > 1e-6 : want[k] !== r[k]));
}
document.querySelectorAll("[data-example]").forEach((button) => {
  button.addEventListener("click", () => fill(examples[Number(button.dataset.example)]));
});
document.getElementById("clear").addEventListener("click", () => fill({}));
document.getElementById("calculator").addEventListener("input", show);
show();
const hash = decodeURIComponent(location.hash);
if (hash === "#check") {
  const why = [], wrong = [];
  for (const [i, e] of examples.entries()) {
    const found = differences(e, fill(e));
    if (found.length) wrong.push([i, found]);
    why.push(document.getElementById("why").textContent);
  }
  document.getElementById("checked").textContent = JSON.stringify({ examples: examples.length, wrong, why });
}
if (hash.startsWith("#example=")) fill(examples[Number(hash.slice(9))]);
