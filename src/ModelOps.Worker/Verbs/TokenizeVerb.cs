using ModelOps.Core.Protocol;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Worker.Verbs;

/// <summary>For people: the tokens of each line's text, with the special tokens that the tokenizer adds, and the text they decode to.</summary>
internal static class TokenizeVerb
{
    public static ResultEvent Run(TokenizeRequest request, CancellationToken cancellation)
    {
        var tokenizer = Tokenizer.Load(request.Model);
        var lines = LineFile.Read<TextLine>(request.Input);
        long count = 0;
        LineFile.Write(request.Output, lines.Select(line =>
        {
            cancellation.ThrowIfCancellationRequested();
            int[] ids = tokenizer.Encode(line.Value.Text);
            count += ids.Length;
            return new TokensLine(ids, [.. ids.Select(id => tokenizer.TokenOf(id)!)], tokenizer.Decode(ids));
        }));
        return new ResultEvent { Rows = lines.Count, Tokens = count };
    }

    private sealed record TextLine(string Text);

    private sealed record TokensLine(int[] Ids, string[] Tokens, string Decoded);
}
