import { valueTypeOf } from '../../../core/columns/index.ts';
import { type Value } from '../../../core/data/data.ts';
import { cellsOf, csvLine } from '../../../core/data/csv-line.ts';
import { type Serving } from '../../serving/serving.ts';
import { tooMuch, WRONG_FIELDS } from '../limits/body.ts';
import { RequestProblem } from '../errors.ts';
import { type RowAnswer, type SentRow } from './answers.ts';
import { type Field } from './fields.ts';
import { type LineFormat } from './formats.ts';
import { type BatchWriter } from './writer.ts';

const LONGEST_LINE = 64 * 1024;

/** Reads lines as rows; the first may be a header, which is none. */
type LineReader = (line: string, serving: Serving) => unknown;
const NOT_A_ROW = Symbol('header');

const readers: Record<LineFormat, () => LineReader> = {
  'json lines': () => (line, serving) => {
    const problem = tooMuch(line, { fields: serving.fields + WRONG_FIELDS, items: 0 });
    if (problem !== null) throw new RequestProblem(problem);
    try {
      return JSON.parse(line) as unknown;
    } catch {
      throw new RequestProblem('The line is not JSON.');
    }
  },
  csv() {
    let header: string[] | null = null;
    return (line, serving) => {
      const cells = cellsOf(line);
      if (header === null) {
        header = cells ?? [];
        return NOT_A_ROW;
      }
      if (cells?.length !== header.length)
        throw new RequestProblem(`The line does not have the ${header.length} fields of the header.`);
      return Object.fromEntries(header.map((name, i) => [name, valueOf(cells[i]!, name, serving)]));
    };
  },
};

/** A cell as the column has it; what is none of its type stays text, and is refused as such. */
function valueOf(cell: string, name: string, { champion }: Serving): Value {
  if (cell === '') return null;
  const column = Object.hasOwn(champion.pipeline.columns, name) ? champion.pipeline.columns[name] : undefined;
  const type = column && valueTypeOf(column);
  if (type === 'number' && Number.isFinite(Number(cell))) return Number(cell);
  if (type === 'boolean' && /^(true|false)$/i.test(cell)) return cell.toLowerCase() === 'true';
  return cell;
}

/** The rows of a body, by the numbers of their lines. */
export async function* rowsOfLines(format: LineFormat, body: AsyncIterable<Uint8Array>, servingNow: () => Serving) {
  const read = readers[format]();
  let at = 0;
  for await (const text of linesOf(body)) {
    at++;
    if (text.trim() !== '') yield* rowOf(text);
  }

  function* rowOf(text: string): Generator<SentRow> {
    try {
      const row = read(text, servingNow());
      if (row !== NOT_A_ROW) yield { at, row };
    } catch (error) {
      yield { at, error };
    }
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of body) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (rest.length > LONGEST_LINE) throw new RequestProblem(`A line has more than ${LONGEST_LINE} characters.`);
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest !== '') yield rest;
}

/** Writes answers as lines; what is more than one value is JSON in a cell of CSV. */
export function lineWriter(format: LineFormat, fields: readonly Field[]): BatchWriter {
  const [place] = fields as [Field];
  const json = ({ at, ...answer }: RowAnswer): string => `${JSON.stringify({ [place.name]: at, ...answer })}\n`;
  const csv = (answer: RowAnswer): string => csvLine(fields.map(({ cellOf }) => String(cellOf(answer) ?? '')));
  return {
    begin: async () => (format === 'csv' ? csvLine(fields.map(({ name }) => name)) : ''),
    write: async (answers) => answers.map(format === 'csv' ? csv : json).join(''),
    end: async () => '',
  };
}
