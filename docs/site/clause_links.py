"""Each id of a clause in running text becomes a link to its page."""

import re

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from cnnspec.kit.clauses import clauses

ID = re.compile(rf"(?<![\w-])({'|'.join(sorted(clauses(), key=len, reverse=True))})(?![\w-])")
CODE = (nodes.literal, nodes.literal_block, nodes.raw)
LEFT_ALONE = (*CODE, nodes.reference, nodes.title, pending_xref)


class ClauseLinks(SphinxPostTransform):
    """Link ids in a page, but for those of the page itself."""

    default_priority = 900  # when all other links are resolved

    def run(self, **_: object) -> None:
        """Replace texts that name a clause."""
        for text in list(self.document.findall(nodes.Text)):
            if ID.search(text) and not inside(text):
                text.parent.replace(text, self.linked(str(text)))

    def linked(self, text: str) -> list[nodes.Node]:
        """A text, its ids as links."""
        here = self.env.docname
        parts: list[nodes.Node] = []
        for place, part in enumerate(ID.split(text)):
            if place % 2 and here != f"docs/book/{part}":
                address = self.app.builder.get_relative_uri(here, f"docs/book/{part}")
                parts.append(nodes.reference("", part, refuri=address, internal=True))
            elif part:
                parts.append(nodes.Text(part))
        return parts


def inside(node: nodes.Node) -> bool:
    """Whether a text is code, a heading or a link."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, LEFT_ALONE):
            return True
    return False


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the transform."""
    app.add_post_transform(ClauseLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
