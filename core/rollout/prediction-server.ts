import { UserError } from '../base/errors/errors.ts';
import type { Row } from '../data/data.ts';
import type { LabelProblem } from '../data/labels/sent-labels.ts';

/** Calls the prediction server as an application does, over HTTP. */
export interface PredictionServer {
  url: string;
  /**
   * One row's answer, or those of many, each with so many reasons if there are to be any. Throws SERVER_UNREACHABLE, or
   * what the server refused with its code.
   */
  predict(pipeline: string, rows: Row | Row[], reasons?: number): Promise<unknown>;
  /** Records labels, each once, or none: throws LabelsRefused when some are wrong. */
  sendLabels(pipeline: string, labels: unknown[]): Promise<{ new: number; same: number }>;
}

/** The server recorded none of a request's labels, because of these. */
export class LabelsRefused extends UserError {
  readonly problems: readonly LabelProblem[];
  constructor(message: string, problems: readonly LabelProblem[]) {
    super('REQUEST_INVALID', message);
    this.problems = problems;
  }
}
