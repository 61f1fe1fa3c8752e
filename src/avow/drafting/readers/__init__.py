"""One module for each kind of file that a draft can be read from; `avow.drafting.sources` lists them."""
