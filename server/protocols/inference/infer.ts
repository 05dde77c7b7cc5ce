import { MOST_ROWS, nextTurn, slicesOf, type Answer, type Answering } from '../../serving/answers/answering.ts';
import { RequestProblem } from '../errors.ts';
import { modelOf } from './model.ts';
import { rowsOf } from './rows.ts';
import { outputOf, type OutputName } from './signature.ts';
import { quoted, type Tensor } from './tensors.ts';

/** A request for inference, whatever it was sent as. */
export interface InferRequest {
  model: string;
  /** Empty: whichever versions have the traffic. */
  version: string;
  tensors: readonly Tensor[];
  /** Names of the outputs to answer; empty: all. */
  outputs: readonly string[];
}

export interface Inferred {
  /** The version that answered; the champion where several did. */
  version: number;
  outputs: Tensor[];
  /** What was wrong with rows that were scored all the same, as JSON; null: nothing. */
  warnings: string | null;
}

export async function infer(answering: Answering, request: InferRequest): Promise<Inferred> {
  const { serving, signature } = modelOf(answering, request.model, request.version);
  const wanted = wantedOf(request.outputs, signature.outputs);
  const { count, rowAt, rank } = rowsOf(request.tensors, signature, MOST_ROWS);
  const rows: unknown[] = [];
  for (const places of slicesOf([...Array(count).keys()], serving)) {
    if (rows.length > 0) await nextTurn();
    rows.push(...places.map(rowAt));
  }
  const answers = await answering.answer(serving, rows);
  const [{ version }] = answers as [(typeof answers)[number]];
  return {
    version: answers.every((answer) => answer.version === version) ? version : serving.champion.model.version,
    outputs: wanted.map((output) => outputOf(output, answers, rank, signature.classes)),
    warnings: warningsOf(answers),
  };
}

function warningsOf(answers: readonly Answer[]): string | null {
  const all = answers.flatMap(({ warnings = [] }, row) => warnings.map((warning) => ({ row, ...warning })));
  return all.length === 0 ? null : JSON.stringify(all);
}

function wantedOf(names: readonly string[], offered: readonly OutputName[]): readonly OutputName[] {
  const unknown = names.find((name) => !(offered as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new RequestProblem(`${quoted(unknown)} is not an output of this model; outputs are: ${offered.join(', ')}.`);
  return names.length === 0 ? offered : offered.filter((output) => names.includes(output));
}
