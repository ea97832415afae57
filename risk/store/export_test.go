package store

// Abandon leaves the directory as a killed process would.
func Abandon(s *Store) {
	if s.file != nil {
		s.writer.Flush() // it may have got to the file
	}
	s.failed = true
	s.Close()
}

// Blocks returns how many blocks there are.
func Blocks(s *Store) int { return len(s.blocks) }
