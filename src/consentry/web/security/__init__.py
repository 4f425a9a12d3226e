"""What a person sees to themselves: address, password, second factor, browsers, what is kept of them."""
