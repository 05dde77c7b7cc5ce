import type { Step } from './declared-steps.ts';
import type { Finding } from '../evidence/evidence.ts';

/** What people may tell a running rollout. Approving and rejecting are decisions of their own (approvals.ts). */
export const orders = ['hold', 'continue', 'skip', 'abort'] as const;
export type OrderName = (typeof orders)[number];

/** An order, as it is stored. */
export interface Order {
  order: OrderName;
  by: string;
  reason: string;
}

/** What a look at a step knows. */
export interface Seen {
  step: Step;
  /** How many the challenger has seen in this step. */
  requests: number;
  findings: readonly Finding[];
  /** Whether the step has lasted as long as it must. */
  baked: boolean;
  /** Whether it has lasted as long as it should at most. */
  overdue: boolean;
  /** Orders of this step, the oldest first. */
  orders: readonly Order[];
}

/** wait: it continues by itself. hold: the same, but people should know why it does not yet. */
export interface Judgement {
  decision: 'wait' | 'hold' | 'next' | 'roll back';
  reason: string;
}

/**
 * Decides what a look leads to. Only evidence moves traffic: what is unproven waits, and no step is too quiet, held or
 * waiting for a person to be rolled back.
 */
export function decide({ step, requests, findings, baked, overdue, orders: given }: Seen): Judgement {
  const worse = findings.filter(({ verdict }) => verdict === 'worse');
  if (worse.length > 0) return { decision: 'roll back', reason: inWords(worse) };
  const aborted = given.find(({ order }) => order === 'abort');
  if (aborted) return { decision: 'roll back', reason: `${aborted.by} aborted it: ${aborted.reason}` };
  const last = given.findLast(({ order }) => order !== 'abort');
  if (last?.order === 'hold') return { decision: 'hold', reason: `${last.by} holds it: ${last.reason}` };
  if (last?.order === 'skip')
    return { decision: 'next', reason: `${last.by} skipped the rest of the step: ${last.reason}` };

  const late = (reason: string): Judgement => ({
    decision: overdue ? 'hold' : 'wait',
    reason: overdue ? `after ${step.longest}: ${reason}` : reason,
  });
  if (requests < step.minRequests) return late(`${requests} of ${step.minRequests} requests`);
  const unsure = findings.filter(({ verdict }) => verdict === 'unsure');
  if (unsure.length > 0) return late(`not proven yet: ${inWords(unsure)}`);
  if (!baked) return { decision: 'wait', reason: `it lasts at least ${step.bake}` };
  if (step.pause && last?.order !== 'continue') return { decision: 'hold', reason: 'a person lets it continue' };
  return { decision: 'next', reason: `${requests} requests, and nothing is worse than allowed` };
}

const inWords = (findings: readonly Finding[]): string => findings.map(({ says }) => says).join('; ');
