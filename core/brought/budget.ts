/** What a file may take altogether, however its operators share it out: some are cheap to write and dear to read. */
export interface Budget {
  /** Counts steps of work before they are done. */
  spend(steps: number): void;
  /** Counts figures of sums that were made and are kept. */
  keep(figures: number): void;
}

export const MOST_STEPS = 50_000_000;
const MOST_FIGURES = 20_000_000;

export function createBudget(): Budget {
  let [steps, figures] = [0, 0];
  return {
    spend(more) {
      if ((steps += more) > MOST_STEPS) throw new RangeError('the file takes too much work');
    },
    keep(more) {
      if ((figures += more) > MOST_FIGURES) throw new RangeError('the file makes too many numbers');
    },
  };
}
