SELECT word, count(*) FROM words GROUP BY word;
