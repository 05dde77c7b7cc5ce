import type { LabelKind } from '../data/labels/label-kinds.ts';
import type { Estimate, Moments } from '../sequential/means.ts';
import type { Compared } from '../sequential/experiment.ts';
import type { Instant } from '../time/time.ts';
import type { ExperimentResult } from './experiments.ts';

/** What the samples of one version say. A sample is an entity, or a key without one. */
export interface ArmNumbers {
  version: number;
  /** Samples that met this version and no other of the experiment. */
  samples: number;
  /** Those of them that came since the shares last changed. */
  fresh: number;
  /** The numbers of those that have one: the mean over its rows. */
  moments: Moments;
}

export interface Numbers {
  arms: ArmNumbers[];
  /** Samples that met several versions, and count for none. */
  crossed: number;
}

/** What a guard says of a version. */
export interface GuardFinding {
  name: string;
  verdict: 'worse' | 'unsure' | 'fine' | 'none';
  says: string;
}

/** A version at a look. */
export interface ArmSeen {
  version: number;
  /** 0: it was taken out. */
  share: number;
  isControl: boolean;
  samples: number;
  /** Samples with a number. */
  count: number;
  mean: number | null;
  /** Beside the control; null for the control itself. */
  verdict: Compared['verdict'] | null;
  difference: Estimate | null;
  /** About how many more samples with a number it takes if the difference stays; null: nobody can guess. */
  needs: number | null;
  guards: GuardFinding[];
}

/** wait: numbers come. hold: there are none, and people should know why. */
export type Decision = { reason: string } & (
  | { decision: 'wait' | 'hold' }
  | { decision: 'take out'; version: number }
  | { decision: 'end'; result: ExperimentResult; winner: number | null }
);

/** A look at an experiment: what it saw, and what it decided. */
export type Look = Decision & {
  at: Instant;
  arms: ArmSeen[];
  crossed: number;
};

/** Where a look finds the numbers of samples. */
export interface ExperimentNumbers {
  /** Of rows served to these versions since a moment. */
  of(asked: NumbersAsked, signal?: AbortSignal): Promise<Numbers>;
}

export interface NumbersAsked {
  pipeline: string;
  versions: readonly number[];
  /** From when on samples count, and from when on they are `fresh`. */
  since: Instant;
  freshSince: Instant;
  asOf: Instant;
  /** label, loss, or the name of a posted number; with what a row without one counts as, and after how long. */
  measure: { name: string; absent: number | null; within: string };
  labelKind: LabelKind;
}
