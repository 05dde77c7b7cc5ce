import type { ColumnDrift, Verdict } from './verdict.ts';

/** A column as it was stored before distances were keyed by name. */
interface EarlierColumn extends Omit<ColumnDrift, 'distances'> {
  psi: number;
  jensenShannon: number;
  ks: number | null;
  chiSquaredP: number;
  ksP: number | null;
  samplingError: { psi: number; ks: number | null };
}

/** A stored verdict, or the requested part of it; perhaps from an earlier release. */
export function readVerdict<Of extends Pick<Verdict, 'score'> & Partial<Pick<Verdict, 'columns'>>>(stored: Of): Of {
  const { columns, score } = stored;
  return { ...stored, ...(columns && { columns: columns.map(readColumn) }), score: score && readColumn(score) };
}

function readColumn(stored: ColumnDrift | EarlierColumn): ColumnDrift {
  if ('distances' in stored) return stored;
  const { psi, jensenShannon, ks, chiSquaredP, ksP, samplingError, ...column } = stored;
  return {
    ...column,
    distances: {
      psi: { value: psi, samplingError: samplingError.psi, p: null },
      chiSquared: { value: null, samplingError: null, p: chiSquaredP },
      ...(ks !== null && { ks: { value: ks, samplingError: samplingError.ks, p: ksP } }),
      jensenShannon: { value: jensenShannon, samplingError: null, p: null },
    },
  };
}
