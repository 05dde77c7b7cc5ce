import type { Row } from '../data/data.ts';

/** Calls the prediction server as an application does, over HTTP. */
export interface PredictionServer {
  url: string;
  /** One row's answer, or those of many. Throws SERVER_UNREACHABLE, or what the server refused with its code. */
  predict(pipeline: string, rows: Row | Row[]): Promise<unknown>;
}
