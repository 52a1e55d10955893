/** Contents of file columns, and the uploads under way. The rows hold only the id of a file; contents stand here. */
import type { Chance } from "../core/chance.ts";

/** The column of a row that a file is in, or will be. */
export interface FilePlace {
  readonly table: string;
  readonly id: string;
  readonly column: string;
}

export interface StoredFile {
  readonly place: FilePlace;
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

export interface Upload {
  readonly token: string;
  readonly place: FilePlace;
  readonly name: string;
  /** In order of arrival; of a block upload by block id. */
  readonly blocks: Map<string, Uint8Array>;
  /** Bytes so far. */
  length: number;
}

/** Uploads that nobody ends are dropped, the oldest first: a client keeps a handful open. */
const uploadsMax = 256;

export class Files {
  private readonly files = new Map<string, StoredFile>();
  private readonly uploads = new Map<string, Upload>();

  get(id: string): StoredFile | undefined {
    return this.files.get(id);
  }

  put(id: string, file: StoredFile): void {
    this.files.set(id, file);
  }

  remove(id: string): void {
    this.files.delete(id);
  }

  open(chance: Chance, place: FilePlace, name: string): Upload {
    const upload: Upload = { token: chance.guid(), place, name, blocks: new Map(), length: 0 };
    this.uploads.set(upload.token, upload);
    if (this.uploads.size > uploadsMax) {
      const [oldest = ""] = this.uploads.keys();
      this.uploads.delete(oldest);
    }
    return upload;
  }

  upload(token: string): Upload | undefined {
    return this.uploads.get(token);
  }

  close(upload: Upload): void {
    this.uploads.delete(upload.token);
  }
}
