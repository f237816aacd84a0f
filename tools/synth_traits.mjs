#!/usr/bin/env node
/*
 * synth_traits.mjs: how much of each trait people share, so that diseases occur together as they do.
 *
 * A trait is a standard normal number of a person; who is far enough above has the disease
 * (src/synth/traits.h). It is a sum of FACTORS numbers common to all traits, by the loads of
 * trait.csv, and one of its own. The correlation of two traits is the product of their loads; this
 * tool finds loads by which the odds ratios of pair.csv come out:
 *
 *   1. for each pair the correlation at which two normals, cut at the typical shares of trait.csv,
 *      have that odds ratio (bisection over the bivariate normal, integrated by its correlation).
 *      The `aim` is above the published ratio where the diseases become so common in old age that
 *      the ratio over all ages comes out lower;
 *   2. loads by weighted alternating least squares. Pairs that are not listed are drawn weakly
 *      towards OTHERS (ill people tend to be ill in other ways too), those of a trait that stands
 *      `apart` towards APART.
 *
 * Usage: synth_traits.mjs ROOT      rewrites the loads and `own` of trait.csv; prints the worst pairs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FACTORS = 8, OTHERS = 0.10, APART = 0.03, LISTED = 6, UNLISTED = 0.25;
const SHARED_AT_MOST = 0.92, ROUNDS = 120;

const folder = join(process.argv[2] ?? '.', 'src/synth/data');
const read = (name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').map((l) => l.split(','));
const [head, ...traits] = read('trait.csv');
const pairs = read('pair.csv').slice(1);
const first = head.indexOf('load.0:int');
const number = new Map(traits.map((t, i) => [t[0], i]));
const share = traits.map((t) => Number(t[1]) / 1000);

/* Abramowitz and Stegun 7.1.26: good to 1.5e-7, enough for loads in hundredths */
function below(z) {
  const t = 1 / (1 + 0.3275911 * Math.abs(z) / Math.SQRT2);
  const tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t +
    0.254829592) * t * Math.exp(-z * z / 2) / 2;
  return z > 0 ? 1 - tail : tail;
}

function bisect(f, low, high) {
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (f(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const cut = (p) => bisect((z) => 1 - below(z) > p, -6, 6);

function odds(p, q, correlation) {
  const h = cut(p), k = cut(q), steps = 60;
  let both = p * q;
  for (let i = 0; i < steps; i++) {
    const t = correlation * (i + 0.5) / steps;
    both += correlation / steps * Math.exp(-(h * h - 2 * t * h * k + k * k) / (2 * (1 - t * t))) /
      (2 * Math.PI * Math.sqrt(1 - t * t));
  }
  return both * (1 - p - q + both) / ((p - both) * (q - both));
}

const count = traits.length;
const wanted = traits.map((a) => traits.map((b) => (a[2] === '1' || b[2] === '1' ? APART : OTHERS)));
const weight = traits.map((a, i) => traits.map((b, j) => (i === j ? 0 : UNLISTED)));
for (const [a, b, , ratio] of pairs) {
  const i = number.get(a), j = number.get(b);
  const r = bisect((m) => odds(share[i], share[j], m) < ratio / 100, -0.3, 0.97);
  wanted[i][j] = wanted[j][i] = r;
  weight[i][j] = weight[j][i] = LISTED;
}

function solve(matrix) {
  const n = matrix.length;
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c; r < n; r++) if (Math.abs(matrix[r][c]) > Math.abs(matrix[pivot][c])) pivot = r;
    [matrix[c], matrix[pivot]] = [matrix[pivot], matrix[c]];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const f = matrix[r][c] / matrix[c][c];
      for (let d = c; d <= n; d++) matrix[r][d] -= f * matrix[c][d];
    }
  }
  return matrix.map((row, i) => row[n] / row[i]);
}

/* the best loads of one trait while all others stay */
function fit(i, loads) {
  const system = Array.from({ length: FACTORS }, (_, a) =>
    Array.from({ length: FACTORS + 1 }, (_, b) => (a === b ? 0.02 : 0)));
  for (let j = 0; j < count; j++)
    for (let a = 0; a < FACTORS; a++) {
      const w = weight[i][j] * loads[j][a];
      system[a][FACTORS] += w * wanted[i][j];
      for (let b = 0; b < FACTORS; b++) system[a][b] += w * loads[j][b];
    }
  const found = solve(system);
  const sum = found.reduce((s, v) => s + v * v, 0);
  return sum > SHARED_AT_MOST ? found.map((v) => v * Math.sqrt(SHARED_AT_MOST / sum)) : found;
}

/* any start that is not symmetric will do: a fixed sequence, so that the result is the same */
let state = 7;
const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
const loads = traits.map(() => Array.from({ length: FACTORS }, () => next() * 0.8 - 0.3));
for (let round = 0; round < ROUNDS; round++)
  for (let i = 0; i < count; i++) loads[i] = fit(i, loads);

traits.forEach((t, i) => {
  const whole = loads[i].map((v) => Math.round(v * 100));
  whole.forEach((v, a) => { t[first + a] = String(v); });
  t[first + FACTORS] = String(Math.round(Math.sqrt(1e4 - whole.reduce((s, v) => s + v * v, 0))));
});
writeFileSync(join(folder, 'trait.csv'), [head, ...traits].map((t) => t.join(',')).join('\n') + '\n');
const off = pairs.map(([a, b, , ratio]) => {
  const i = number.get(a), j = number.get(b);
  const r = traits[i].slice(first, first + FACTORS)
    .reduce((s, v, k) => s + v * traits[j][first + k] / 1e4, 0);
  return { a, b, ratio: ratio / 100, found: odds(share[i], share[j], r) };
}).sort((x, y) => Math.abs(Math.log(y.found / y.ratio)) - Math.abs(Math.log(x.found / x.ratio)));
for (const p of off.slice(0, 8)) console.log(`${p.a} with ${p.b}: ${p.found.toFixed(2)}, wanted ${p.ratio}`);
