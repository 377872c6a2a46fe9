using ModelOps.Core.Protocol;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Worker.Verbs;

/// <summary>For people: <c>{"text":"…"}</c> in, token ids and tokens out.</summary>
internal static class TokenizeVerb
{
    private sealed record TextLine(string Text);

    private sealed record TokenLine(IReadOnlyList<int> Ids, IReadOnlyList<string?> Tokens);

    public static ResultEvent Run(TokenizeRequest request, CancellationToken cancellation)
    {
        Tokenizer tokenizer = Tokenizer.Load(request.Model);
        IReadOnlyList<TextLine> lines = LineFile.Read<TextLine>(request.Input);
        var output = new List<TokenLine>();
        foreach (TextLine line in lines)
        {
            cancellation.ThrowIfCancellationRequested();
            int[] ids = tokenizer.Encode(line.Text);
            output.Add(new TokenLine(ids, [.. ids.Select(tokenizer.TokenOf)]));
        }

        LineFile.Write(request.Output, output);
        return new ResultEvent { Rows = output.Count, Tokens = output.Sum(line => (long)line.Ids.Count) };
    }
}
