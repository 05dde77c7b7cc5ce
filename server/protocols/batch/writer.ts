import { type RowAnswer } from './answers.ts';

/** Makes an answer's body out of the answers to rows. */
export interface BatchWriter {
  begin(): Promise<string | Uint8Array>;
  write(answers: readonly RowAnswer[]): Promise<string | Uint8Array>;
  end(): Promise<string | Uint8Array>;
}
