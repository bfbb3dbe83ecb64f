"""The activities door, `/api/v1`: wheels, quizzes and forms on operators' own pages, for people with a session."""
