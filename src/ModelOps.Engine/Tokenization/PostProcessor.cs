namespace ModelOps.Engine.Tokenization;

/// <summary>The special tokens that go before and after a single text.</summary>
internal sealed record PostProcessor(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    public static PostProcessor None { get; } = new([], []);

    public static PostProcessor Read(JsonComponent json)
    {
        switch (json.Type)
        {
            case "ByteLevel":
                // It moves offsets, not ids.
                return None;
            case "Sequence":
                return json.List("processors").Select(Read).Aggregate(
                    None, (inner, outer) => new PostProcessor([.. outer.Before, .. inner.Before], [.. inner.After, .. outer.After]));
            case "TemplateProcessing":
                return ReadTemplate(json);
            default:
                throw json.Unsupported("post-processor");
        }
    }

    private static PostProcessor ReadTemplate(JsonComponent json)
    {
        List<int> before = [], after = [];
        bool seenText = false;
        foreach (var piece in json.List("single"))
        {
            if (piece.Optional("Sequence") is { } sequence)
            {
                if (seenText || sequence.Text("id") != "A")
                    throw piece.Refuse("a template for a single text names it once, as A");
                seenText = true;
                continue;
            }

            string name = piece.Required("SpecialToken").Text("id");
            var ids = json.Required("special_tokens").Required(name).List("ids").Select(i => i.Element.GetInt32());
            (seenText ? after : before).AddRange(ids);
        }

        return seenText ? new PostProcessor(before, after) : throw json.Refuse("the template for a single text does not contain it");
    }
}
