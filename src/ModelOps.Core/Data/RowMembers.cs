using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Data;

/// <summary>The top-level properties of a row that say what shape it has.</summary>
internal readonly struct RowMembers
{
    public RowMembers(JsonItem root)
    {
        int at = root.Index + 1;
        for (int i = 0; i < root.Count; i++)
        {
            var name = new JsonItem(root.Tree, at);
            var value = new JsonItem(root.Tree, at + 1);
            at = root.Tree[at + 1].Next;
            ReadOnlySpan<byte> key = name.Utf8;
            switch (key.Length)
            {
                case 8 when key.SequenceEqual("messages"u8):
                    Messages = value;
                    break;
                case 6 when key.SequenceEqual("prompt"u8):
                    Prompt = value;
                    break;
                case 10 when key.SequenceEqual("completion"u8):
                    Completion = value;
                    break;
                case 6 when key.SequenceEqual("chosen"u8):
                    Chosen = value;
                    break;
                case 8 when key.SequenceEqual("rejected"u8):
                    Rejected = value;
                    break;
                case 5 when key.SequenceEqual("input"u8):
                    Input = value;
                    break;
                case 16 when key.SequenceEqual("preferred_output"u8):
                    Preferred = value;
                    break;
                case 20 when key.SequenceEqual("non_preferred_output"u8):
                    NonPreferred = value;
                    break;
            }
        }
    }

    public JsonItem? Messages { get; }

    public JsonItem? Prompt { get; }

    public JsonItem? Completion { get; }

    public JsonItem? Chosen { get; }

    public JsonItem? Rejected { get; }

    public JsonItem? Input { get; }

    public JsonItem? Preferred { get; }

    public JsonItem? NonPreferred { get; }

    public bool HasOutputs => Preferred is not null || NonPreferred is not null;

    public bool IsPair => Chosen is not null || Rejected is not null || HasOutputs;
}
