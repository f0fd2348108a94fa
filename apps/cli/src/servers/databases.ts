import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { cliErrors } from '../errors.js';
import { isDiskFull, reasonOf } from '../outputs/files.js';
import { withClient } from './postgres.js';

/** One database and role for each app on one server; no app may enter another's. */
export class Databases {
  private readonly made: string[] = [];

  /**
   * @param adminUrl a user that may create databases and roles
   * @param prefix keeps our names apart from others on a shared server
   */
  constructor(
    private readonly adminUrl: string,
    private readonly prefix: string,
  ) {}

  /** Closes the server's own databases to our roles. For a cluster that is ours alone. */
  async closeToPublic(): Promise<void> {
    await withClient(this.adminUrl, async (client) => {
      await client.query('revoke connect on database postgres from public');
      await client.query('revoke connect on database template1 from public');
    });
  }

  /**
   * Makes the database and role of an app and answers the app's URL, with a password that exists nowhere else.
   * @throws `CLI.DATABASE_FAILED`, `CLI.DISK_FULL`
   */
  async create(app: string): Promise<string> {
    const name = `${this.prefix}${app}`;
    const password = randomBytes(24).toString('hex');
    const quoted = pg.escapeIdentifier(name);
    try {
      await withClient(this.adminUrl, async (client) => {
        await client.query(`create role ${quoted} login password ${pg.escapeLiteral(password)}`);
        this.made.push(name);
        // Where the admin is no superuser, only a member may give the role a database, and drop it later.
        await client.query(`grant ${quoted} to current_user`);
        await client.query(`create database ${quoted} owner ${quoted} encoding 'UTF8' template template0`);
        await client.query(`revoke all on database ${quoted} from public`);
      });
    } catch (cause) {
      if (isDiskFull(cause)) throw cliErrors.error('CLI.DISK_FULL', { path: `PostgreSQL, ${name}` }, { cause });
      throw cliErrors.error('CLI.DATABASE_FAILED', { reason: `creating ${name}: ${reasonOf(cause)}` }, { cause });
    }
    const url = new URL(this.adminUrl);
    url.username = name;
    url.password = password;
    url.pathname = `/${name}`;
    return url.href;
  }

  /** Removes every database and role made here. Failures are answered, not thrown: this runs while all is being stopped. */
  async dropAll(): Promise<readonly string[]> {
    const left: string[] = [];
    for (const name of this.made.splice(0)) {
      const quoted = pg.escapeIdentifier(name);
      try {
        await withClient(this.adminUrl, async (client) => {
          await client.query(`drop database if exists ${quoted} with (force)`);
          await client.query(`drop role if exists ${quoted}`);
        });
      } catch {
        left.push(name);
      }
    }
    return left;
  }
}
