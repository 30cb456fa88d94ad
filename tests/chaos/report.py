"""stub"""
def write(outcome, out):
    return out
