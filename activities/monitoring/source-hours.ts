import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type BatchFiles, partsWithin } from '../../core/data/predictions/batches.ts';
import { type Binning } from '../../core/data/profiles/binning.ts';
import { type GroupsOfHour, type PartGroups } from '../../core/data/profiles/part-groups.ts';
import { countRow, emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
import { type Part, type Partition, type Snapshot, TIME } from '../../core/data/data.ts';
import { createHourly, type Grouping, type Hourly } from '../../core/drift/explaining/hourly.ts';
import { floorTo, HOUR, instant } from '../../core/time/time.ts';
import { fetchParts } from '../data/parts.ts';
import { reportProgress } from '../steps/heartbeats.ts';
import { createPauses } from '../steps/pauses.ts';
import { rowsOf } from '../training/scoring.ts';

export interface SourceHoursPorts {
  analytics: Pick<BatchFiles, 'readRows'>;
  cache: Pick<LocalCache, 'fetch'>;
  partGroups: PartGroups;
}

/** Of parts that no check has counted yet, no more than hold so many rows: they are counted one by one. */
const MOST_ROWS = 300_000;

/** The hours of a stretch of a snapshot, in groups. */
export async function countSource(
  ports: SourceHoursPorts,
  snapshot: Pick<Snapshot, 'pipeline' | 'parts'>,
  within: Partition,
  binning: Binning,
  grouping: Grouping,
): Promise<Hourly> {
  const newestFirst = partsWithin(snapshot.parts, within)
    .sort((a, b) => (a.from < b.from ? 1 : -1))
    .map((part) => lookedAt(part, within));
  const known = await ports.partGroups.find(newestFirst.map(({ id }) => id), grouping.id); // prettier-ignore
  const hourly = createHourly();
  let rows = 0;
  for (const [i, part] of newestFirst.entries()) {
    let hours = known.get(part.id);
    if (!hours) {
      rows += part.rows;
      if (rows > MOST_ROWS && i > 0) break;
      hours = await countPart(ports, part, binning, grouping);
      await ports.partGroups.record({ ...part, pipeline: snapshot.pipeline }, grouping.id, hours, within.from);
    }
    for (const { hour, groups } of hours)
      if (hour >= within.from && hour < within.to) hourly.add(Date.parse(hour), groups);
  }
  return hourly.all();
}

const lengthOf = ({ from, to }: Partition): number => Date.parse(to) - Date.parse(from);

/** Of a part that is longer than the stretch only the days that are looked at, which are known as a part of their own. */
function lookedAt(part: Part, within: Partition): Part {
  const from = floorTo(within.from, '1 day');
  if (lengthOf(part) <= lengthOf(within) || from <= part.from) return part;
  const rows = Math.ceil((part.rows * lengthOf({ from, to: part.to })) / lengthOf(part));
  return { ...part, id: `${part.id} since ${from}`, from, rows };
}

async function countPart(
  { analytics, cache }: SourceHoursPorts,
  part: Part,
  binning: Binning,
  grouping: Grouping,
): Promise<GroupsOfHour[]> {
  const read = Object.keys(grouping.of(emptyProfile(binning)));
  const byHour = new Map<number, Profile>();
  const pause = createPauses();
  for (const file of await fetchParts(cache, { parts: [part] }, 'rows'))
    for await (const chunk of analytics.readRows(file, part, read)) {
      let i = 0;
      for (const row of rowsOf(chunk, read)) {
        const hour = Math.floor(Number(chunk.own[TIME]![i]) / HOUR) * HOUR;
        const profile = byHour.get(hour) ?? emptyProfile(binning);
        countRow(profile, binning, row);
        byHour.set(hour, profile);
        if (++i % 64 === 0) await pause();
      }
      reportProgress({ counted: chunk.rows });
    }
  return [...byHour].map(([hour, profile]) => ({ hour: instant(hour), groups: grouping.of(profile) }));
}
