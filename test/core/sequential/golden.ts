import { type PairedLook, type PairedMoments } from '../../../core/sequential/pairs.ts';
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';

interface Moments {
  count: number;
  sum: number;
  squares: number;
}

/** Made by test/golden/sequential/make.py, which says how. */
export const golden = JSON.parse(
  readFileSync(new URL('../../golden/sequential/sequential.json', import.meta.url), 'utf8'),
) as {
  evidence: { its: number; others: number; share: number; log: number }[];
  leastShare: { its: number; others: number; alpha: number; share: number }[];
  standardErrors: { counts: [number, number]; alpha: number; tightestAt: number; reach: number }[];
  normalMixture: { v: number; alpha: number; bound: number }[];
  otherShares: { counts: number[]; shares: number[]; log: number }[];
  pairs: {
    pairs: PairedMoments;
    differences: Moments;
    look: PairedLook;
    ratio: [number, number];
    difference: [number, number];
  }[];
  ratio: {
    one: Moments;
    other: Moments;
    look: { alpha: number; tightestAt: number };
    interval: [number, number];
  };
};

export const near = (actual: number, expected: number, relative = 1e-9): void =>
  assert.ok(Math.abs(actual - expected) <= relative * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);
