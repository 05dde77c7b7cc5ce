import type { Unaddressed } from '../alerts/manners.ts';

type Hears = (message: Pick<Unaddressed, 'telling' | 'severity'>) => boolean;

/** What people read: that a colleague has acknowledged an alert is for programs, and for the list. */
export const forPeople: Hears = ({ telling }) => telling !== 'acknowledged';
export const everything: Hears = () => true;
/** What has an incident: a digest has none, and news needs nobody. */
export const incidents: Hears = ({ telling, severity }) => telling !== 'digest' && severity !== 'info';
