CREATE TABLE words (word text PRIMARY KEY, division_code text COLLATE "C" NOT NULL, weight int);
SELECT kit.protect('words');
GRANT SELECT, INSERT ON words TO xiangtu_service;
CREATE TABLE heard (event_id text NOT NULL, traceparent text NOT NULL);
GRANT SELECT, INSERT ON heard TO xiangtu_service;
