// The meaning of an instrument's tree over the fields of its form: numbers are intervals, truths are true, false or
// null (unknown).  The same rules as trialwright/language/interpret.py; no network, nothing is stored or sent.
"use strict";
const TW = (() => {
  const ALL = [-Infinity, Infinity];
  const isNumber = (v) => Array.isArray(v);
  const point = (v) => v[0] === v[1];

  function round6(x) {
    if (!isFinite(x) || Math.abs(x) >= 1e9) return x;
    const scaled = Math.floor(Math.abs(x) * 1e6 + 0.5) / 1e6;
    return scaled ? Math.sign(x) * scaled : 0;
  }
  function interval(v) {
    if (v === null || v === undefined) return ALL;
    if (Array.isArray(v)) return [v[0] === null ? -Infinity : v[0], v[1] === null ? Infinity : v[1]];
    return [v, v];
  }
  function compare(a, o, b) {
    switch (o) {
      case "<": return a[1] < b[0] ? true : a[0] >= b[1] ? false : null;
      case "<=": return a[1] <= b[0] ? true : a[0] > b[1] ? false : null;
      case ">": return compare(b, "<", a);
      case ">=": return compare(b, "<=", a);
      case "=": return point(a) && point(b) && a[0] === b[0] ? true : a[1] < b[0] || b[1] < a[0] ? false : null;
      case "!=": { const same = compare(a, "=", b); return same === null ? null : !same; }
    }
    throw new Error("no rule for " + o);
  }
  const times = (x, y) => (x === 0 || y === 0 ? 0 : x * y);
  const over = (x, y) => (isFinite(y) ? x / y : 0);
  function corners(a, b, f) {
    const all = [f(a[0], b[0]), f(a[0], b[1]), f(a[1], b[0]), f(a[1], b[1])];
    return [Math.min(...all), Math.max(...all)];
  }
  function power(a, b) {
    if (a[0] > 0) return corners(a, b, Math.pow);
    const n = b[0];
    if (!point(b) || n !== Math.trunc(n) || n < 0) return null;
    const ends = [Math.pow(a[0], n), Math.pow(a[1], n)];
    if (n % 2 === 0 && a[0] <= 0 && 0 <= a[1]) return [n ? 0 : 1, Math.max(...ends)];
    return [Math.min(...ends), Math.max(...ends)];
  }
  function half(x, digits) {
    if (!isFinite(x)) return x;
    const scale = Math.pow(10, digits);
    return (Math.sign(x) * Math.floor(Math.abs(x) * scale + 0.5)) / scale;
  }
  function apply(o, args) {
    const fold = (f) => args.slice(1).reduce(f, args[0]);
    const a = args[0];
    switch (o) {
      case "+": return fold((x, y) => [x[0] + y[0], x[1] + y[1]]);
      case "-": return fold((x, y) => [x[0] - y[1], x[1] - y[0]]);
      case "*": return fold((x, y) => corners(x, y, times));
      case "/": return args[1][0] <= 0 && 0 <= args[1][1] ? null : corners(a, args[1], over);
      case "^": return power(a, args[1]);
      case "min": return [Math.min(...args.map((x) => x[0])), Math.min(...args.map((x) => x[1]))];
      case "max": return [Math.max(...args.map((x) => x[0])), Math.max(...args.map((x) => x[1]))];
      case "exp": return [Math.exp(a[0]), Math.exp(a[1])];
      case "ln": return a[0] <= 0 ? null : [Math.log(a[0]), Math.log(a[1])];
      case "abs": {
        const ends = [Math.abs(a[0]), Math.abs(a[1])];
        return [a[0] <= 0 && 0 <= a[1] ? 0 : Math.min(...ends), Math.max(...ends)];
      }
      case "round": { const d = args.length > 1 ? args[1][0] : 0; return [half(a[0], d), half(a[1], d)]; }
    }
    throw new Error("no rule for " + o);
  }

  function evaluator(form, values, byHand) {
    function formula(t) {
      if (t.t !== "calc") return number(t);
      const found = apply(t.o, t.a.map(formula));
      return found === null || found.some(Number.isNaN) ? ALL : found;
    }
    function number(t) {
      const found = value(t);
      if (!isNumber(found)) throw new Error(t.t + " is not a number");
      return found;
    }
    function value(t) {
      switch (t.t) {
        case "q": return [t.v, t.v];
        case "num": return interval(values[t.k]);
        case "yes": { const v = values[t.k]; return v === undefined ? null : v; }
        case "in": { const v = values[t.k]; return v == null ? null : v.some((c) => t.m.includes(c)); }
        case "open": return null;
        case "calc": return formula(t).map(round6);
        case "cmp": return compare(number(t.l), t.o, number(t.r));
        case "not": { const v = value(t.p); return v === null ? null : !v; }
        case "least": {
          const parts = t.p.map(value);
          if (parts.filter((p) => p === true).length >= t.n) return true;
          return parts.filter((p) => p !== false).length < t.n ? false : null;
        }
        case "if": {
          const c = value(t.c), a = value(t.a), b = t.b === null ? true : value(t.b);
          if (c !== null) return c ? a : b;
          if (isNumber(a)) return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
          return a !== null && a === b ? a : null;
        }
        case "first": {
          const parts = t.p.map(value);
          const known = parts.find((p) => (isNumber(p) ? point(p) : p !== null));
          return known === undefined ? parts[parts.length - 1] : known;
        }
        case "score": return score(t).total;
        case "grade": {
          const states = t.r.map(([g, c]) => [g, value(c)]);
          const top = (test) => Math.max(0, ...states.filter(test).map(([g]) => g));
          return [top(([, s]) => s === true), top(([, s]) => s !== false)];
        }
      }
      throw new Error("no rule for " + t.t);
    }
    function score(t) {
      const items = t.items.map((i) => {
        const said = t.own ? byHand[i.id] : undefined;
        if (typeof said === "number") return { id: i.id, d: i.d, state: true, points: [said, said] };
        const state = said === undefined ? value(i.w) : said;
        return { id: i.id, d: i.d, state, points: number(i.p) };
      });
      for (const i of items) {
        if (i.state === false) i.adds = [0, 0];
        else if (i.state === true) i.adds = i.points;
        else i.adds = [Math.min(0, i.points[0]), Math.max(0, i.points[1])];
      }
      const sum = (chosen) => {
        const domains = new Map();
        for (const i of chosen) {
          const name = i.d || "item:" + i.id, old = domains.get(name);
          domains.set(name, old ? [Math.max(old[0], i.adds[0]), Math.max(old[1], i.adds[1])] : i.adds);
        }
        return [...domains.values()].reduce((a, b) => [a[0] + b[0], a[1] + b[1]], [0, 0]).map(round6);
      };
      const mine = items.filter((i) => !t.s.length || t.s.includes(i.id));
      const rest = items.filter((i) => t.s.length && !t.s.includes(i.id));
      let total = sum(mine);
      if (t.r !== null) {
        const recorded = number(t.r), others = sum(rest);
        const low = Math.max(total[0], recorded[0] - others[1]), high = Math.min(total[1], recorded[1] - others[0]);
        total = low > high ? [Math.min(total[0], high), Math.max(total[1], low)] : [low, high];
      }
      return { total, items };
    }
    return { value, score };
  }

  // Score, bounds, grade, classification, sub-scores and items of a form with what was entered.
  function evaluate(form, values, byHand) {
    const run = evaluator(form, values, byHand || {});
    const main = form.trees.main, found = run.value(main);
    const finite = (x) => (isFinite(x) ? x : null);
    const result = { score: null, lower: null, upper: null, grade: null, met: null, parts: {}, items: [] };
    if (isNumber(found)) {
      result.lower = finite(found[0]);
      result.upper = finite(found[1]);
      if (point(found)) result.score = found[0];
    } else {
      result.met = found;
    }
    if (main.t === "grade") {
      result.grade = result.score;
      result.items = main.r.map(([g, c]) => ({ id: "grade_" + g, state: run.value(c), adds: [g, g] }));
    }
    if (main.t === "score") result.items = run.score(main).items;
    if (form.trees.met) result.met = run.value(form.trees.met);
    for (const [name, t] of Object.entries(form.trees)) {
      if (name.startsWith("part:")) result.parts[name.slice(5)] = run.value(t).map(finite);
    }
    return result;
  }
  return { evaluate };
})();
