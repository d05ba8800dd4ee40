"""`python -m hubpress`, which torchrun and accelerate launch need (`-m hubpress train NAME`)."""

from hubpress.cli.main import entry

if __name__ == "__main__":
    entry()
