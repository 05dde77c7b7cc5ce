/** What is known of a model's scores on some labelled rows. Metrics are null where they have no meaning (no positives). */
export interface Metrics {
  rows: number;
  positives: number;
  averagePrecision: number | null;
  rocAuc: number | null;
  logLoss: number | null;
  brier: number | null;
}
