/** The header of runs and steps that holds their trace, as W3C's "traceparent" writes it. */
export const TRACE_HEADER = 'traceparent';

/** The trace of a run that nobody's request started: its id is the run's. */
export function traceOfRun(runId: string): string {
  const id = runId.replaceAll('-', '');
  return `00-${id}-${id.slice(-16)}-01`;
}
