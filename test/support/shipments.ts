import { lineOf } from '../../core/data/predictions/prediction-lines.ts';
import { type Prediction, type Shipment } from '../../core/data/predictions/prediction-log.ts';
import { Readable } from 'node:stream';

/** Predictions as a server ships them. */
export const shipmentOf = (predictions: readonly Prediction[]): Shipment => ({
  lines: () => Readable.from([Buffer.from(predictions.map(lineOf).join(''))]),
  counts: new Map(),
});

/** The predictions of a shipment. */
export async function predictionsIn({ lines }: Shipment): Promise<Prediction[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of lines()) pieces.push(piece);
  return Buffer.concat(pieces).toString().split('\n').slice(0, -1).map(predictionOf);
}

function predictionOf(line: string): Prediction {
  const [id, pipeline, version, key, entity, time, row, score, decision, servedAt] = line
    .split('\t')
    .map((field) => (field === '\\N' ? null : field.replace(/\\(.)/g, (_, one: string) => special[one] ?? one)));
  return {
    id: id!,
    pipeline: pipeline!,
    version: Number(version),
    key: key!,
    entity: entity!,
    time: time!,
    row: JSON.parse(row!) as Prediction['row'],
    score: Number(score),
    decision: decision === null ? null : decision === 'true',
    servedAt: servedAt!,
  };
}
const special: Record<string, string> = { t: '\t', n: '\n', r: '\r' };
