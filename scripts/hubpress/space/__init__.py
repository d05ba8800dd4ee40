"""Facts of a staged model -> a Gradio Space, and its app as a process."""
