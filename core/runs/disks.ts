/** The disk with a process's folder. */
export interface DiskUse {
  machine: string;
  /** Tells the disks of a machine apart. */
  device: string;
  folder: string;
  /** In bytes. */
  free: number;
  size: number;
  /** A share. */
  used: number;
}

/** The disk of a worker, as one measured it last. */
export interface WorkerDisk extends Pick<DiskUse, 'machine' | 'device' | 'folder' | 'used'> {
  secondsAgo: number;
  /** Whether it is the disk of a server too, which tells of it itself. */
  ofServer: boolean;
}

/** What servers and workers say of the disks with their folders. */
export interface Disks {
  report(of: 'server' | 'worker', disk: DiskUse): Promise<void>;
  ofWorkers(): Promise<WorkerDisk[]>;
}
