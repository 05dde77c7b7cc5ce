/** How the loss went: after so many epochs or trees, on the train split (where it was measured) and on selection. */
export type CurvePoint = readonly [done: number, train: number | null, selection: number];
export type Curve = readonly CurvePoint[];

export const MOST_POINTS = 200;

/** Keeps a curve short: when it has too many points, every second one goes, and from then on it takes fewer. */
export function createCurve(earlier: Curve = []) {
  let points = [...earlier];
  let stride = points.length < 2 ? 1 : Math.max(1, points[1]![0] - points[0]![0]);
  return {
    /** What a training reports; anything but the end of an epoch or a tree is ignored. */
    hear(detail: unknown): void {
      const { done, loss, selectionLoss } = (detail ?? {}) as Partial<Record<string, unknown>>;
      if (typeof done !== 'number' || typeof selectionLoss !== 'number' || !Number.isFinite(selectionLoss)) return;
      const last = points.at(-1)?.[0] ?? -Infinity;
      if (done < last + (points.length === 0 ? 0 : stride)) return;
      const train = typeof loss === 'number' && Number.isFinite(loss) ? short(loss) : null;
      points.push([done, train, short(selectionLoss)]);
      if (points.length <= MOST_POINTS) return;
      points = points.filter((_, i) => i % 2 === 0);
      stride *= 2;
    },
    points: (): Curve => points,
  };
}

const short = (loss: number): number => Number(loss.toPrecision(5));
