"""Package: a written project becomes zips, and the template that deploys them."""
