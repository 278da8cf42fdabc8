"""What the project is made of, and under which licences."""
