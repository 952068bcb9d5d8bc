"""Package: a written project becomes zips and images, and the template that deploys them."""
