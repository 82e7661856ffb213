CREATE TABLE buttress_session (
  id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  ends BIGINT NOT NULL,
  owner TEXT,
  entries TEXT NOT NULL,
  target TEXT
);
CREATE INDEX buttress_session_ends ON buttress_session (ends);
CREATE INDEX buttress_session_owner ON buttress_session (owner) WHERE owner IS NOT NULL;
CREATE INDEX buttress_session_target ON buttress_session (target) WHERE target IS NOT NULL;
