import { type Prediction } from '../../core/data/predictions/prediction-log.ts';
import { lineOf } from '../../core/data/predictions/prediction-lines.ts';

/** A segment of a release that spooled JSON, as lines for the log. */
export interface JsonSegment {
  lines: string[];
  /** True if the last line is incomplete because its writer died; its request was never answered. */
  torn: boolean;
  /** Whole lines that are not predictions. */
  unreadable: number;
}

const LINES_PER_TURN = 200;

/** Reads a segment without blocking the event loop, which answers predictions meanwhile. */
export async function parseJsonSegment(text: string): Promise<JsonSegment> {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const content: JsonSegment = { lines: [], torn: false, unreadable: 0 };
  for (const [i, line] of lines.entries()) {
    if (i % LINES_PER_TURN === LINES_PER_TURN - 1) await new Promise(setImmediate);
    const prediction = parseLine(line);
    if (prediction) content.lines.push(lineOf(prediction));
    else content.unreadable++;
  }
  const unended = last === '' ? null : parseLine(last);
  if (unended) content.lines.push(lineOf(unended));
  content.torn = last !== '' && unended === null;
  return content;
}

function parseLine(line: string): Prediction | null {
  try {
    const value: unknown = JSON.parse(line);
    return isPrediction(value) ? { ...value, entity: null } : null;
  } catch {
    return null;
  }
}

function isPrediction(value: unknown): value is Prediction {
  if (typeof value !== 'object' || value === null) return false;
  const { id, pipeline, version, key, time, row, score, decision, servedAt } = value as Partial<Prediction>;
  return (
    [id, pipeline, key, time, servedAt].every((text) => typeof text === 'string') &&
    [time, servedAt].every((moment) => !Number.isNaN(Date.parse(String(moment)))) &&
    Number.isInteger(version) &&
    typeof row === 'object' &&
    row !== null &&
    typeof score === 'number' &&
    (typeof decision === 'boolean' || decision === null)
  );
}
