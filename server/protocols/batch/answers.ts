import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { MOST_ROWS, type Answer, type Answering } from '../../serving/answers/answering.ts';
import { type Asked } from '../../serving/answers/asked.ts';
import { RequestProblem } from '../errors.ts';

/** A row of a batch, or what is wrong with it. */
export type SentRow = { at: number } & ({ row: unknown } | { error: unknown });

/** One answer a row, by its place in what was sent. */
export type RowAnswer = { at: number } & (Answer | { error: string });

export interface Batch {
  answering: Answering;
  pipeline: string;
  asked: Asked;
}

/**
 * Answers rows as they come, a thousand at a time. When rows cannot be read or answered any further, the last answer
 * says why: the status is sent already.
 */
export async function* answersTo(batch: Batch, rows: AsyncIterable<SentRow>): AsyncGenerator<RowAnswer[]> {
  let waiting: { at: number; row: unknown }[] = [];
  let at = 0;
  try {
    for await (const sent of untilBroken(rows)) {
      at = sent.at;
      const wrong = 'error' in sent ? [{ at, error: wordsOf(sent.error) }] : [];
      if ('row' in sent) waiting.push(sent);
      if (waiting.length < MOST_ROWS && wrong.length === 0) continue;
      if (waiting.length > 0) yield await answerAll(batch, waiting);
      if (wrong.length > 0) yield wrong;
      waiting = [];
    }
    if (waiting.length > 0) yield await answerAll(batch, waiting);
  } catch (error) {
    yield [{ at: at + 1, error: wordsOf(error) }];
  }
}

/** What ends the rows too early is the last of them. */
async function* untilBroken(rows: AsyncIterable<SentRow>): AsyncGenerator<SentRow> {
  let at = 0;
  try {
    for await (const sent of rows) {
      at = sent.at;
      yield sent;
    }
  } catch (error) {
    yield { at: at + 1, error };
  }
}

async function answerAll(
  { answering, pipeline, asked }: Batch,
  rows: readonly { at: number; row: unknown }[],
): Promise<RowAnswer[]> {
  const serving = answering.servingOf(pipeline);
  try {
    const answers = await answering.answer(serving, rows.map(({ row }) => row), { asked }); // prettier-ignore
    return answers.map((answer, i) => ({ at: rows[i]!.at, ...answer }));
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error;
  }
  // A wrong row fails those it came with, which are answered without it.
  const answers: RowAnswer[] = [];
  for (const { at, row } of rows)
    answers.push(
      await answering.answer(serving, [row], { alone: true, asked }).then(
        ([answer]) => ({ at, ...answer! }),
        (problem: unknown) => ({ at, error: wordsOf(problem) }),
      ),
    );
  return answers;
}

const wordsOf = (error: unknown): string =>
  error instanceof UserError ? messageOf(error) : 'Unexpected server error. See its log.';
