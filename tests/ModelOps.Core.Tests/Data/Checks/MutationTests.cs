using System.Text;
using System.Text.RegularExpressions;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Data;

/// <summary>Valid files with bytes changed, removed, doubled and moved: every line ends as a row or as a coded message, and nothing else ever comes out.</summary>
public sealed partial class MutationTests
{
    private static readonly byte[] s_file = Encoding.UTF8.GetBytes(string.Join('\n',
        """{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Grüße 😀 \u00e9\n\"q\""},{"role":"assistant","content":"a"}],"slice":"x"}""",
        """{"prompt":"mail a@contoso.de or +49 30 901820","completion":"4111 1111 1111 1111"}""",
        """{"prompt":[{"role":"user","content":"u"}],"chosen":"good","rejected":[{"role":"assistant","content":"bad"}]}""",
        """{"input":{"messages":[{"role":"user","content":"q"}],"tools":[]},"preferred_output":[{"role":"assistant","content":"x"}],"non_preferred_output":"y"}""",
        """{"messages":[{"role":"user","content":"漢字かな"},{"role":"assistant","content":"t"},{"role":"tool","content":"1.5e3"},{"role":"assistant","content":"DE89 3704 0044 0532 0130 00"}],"n":-1.5e-3}"""));

    [Fact]
    public void Mutated_files_are_read_or_refused_with_a_code()
    {
        int rows = 0, refused = 0, files = Soak.Count(4_000, 1_000_000);
        Parallel.For(0, files, i =>
        {
            (int good, int bad) = Read(Mutate(new Random(i)));
            Interlocked.Add(ref rows, good);
            Interlocked.Add(ref refused, bad);
        });
        Assert.True(rows > files / 4 && refused > files / 4, $"{rows} rows, {refused} problems");
    }

    private static (int Rows, int Problems) Read(byte[] bytes)
    {
        var problems = new ProblemList();
        var findings = new Findings();
        RowBlock block = new RowParser(checks: new DataChecks { Findings = findings }).ParseBlock(new LineBlock(0, 1, bytes), "f.jsonl", 0, problems);
        UnknownFields.Report([block.Unknown], findings);
        int lines = Encoding.Latin1.GetString(bytes).Split('\n').Count(l => l.AsSpan().IndexOfAnyExcept(" \t\r") >= 0), last = bytes.Count(b => b == '\n') + 1;
        Diagnostic[] found = [.. problems.InOrder(), .. findings.InOrder()];
        Diagnostic? odd = Array.Find(found, d => !Code().IsMatch(d.Code) || d.Location is not { Line: >= 1, Column: >= 1 } at || at.Line > last || at.Column > bytes.Length + 1);
        Assert.True(odd is null, $"{odd} in {Convert.ToBase64String(bytes)}");
        int named = problems.InOrder().Select(d => d.Location!.Value.Line).Distinct().Count();
        Assert.True(lines == block.Rows.Length + named, $"{lines} lines, {block.Rows.Length} rows and {named} lines with problems in {Convert.ToBase64String(bytes)}");
        return (block.Rows.Length, problems.Count);
    }

    private static byte[] Mutate(Random random)
    {
        List<byte> bytes = [.. s_file];
        for (int edits = random.Next(1, 6); edits > 0 && bytes.Count > 4; edits--)
        {
            int at = random.Next(bytes.Count), length = random.Next(1, Math.Min(8, bytes.Count - at) + 1);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes[at] = (byte)"{}[]\",:\\u0ntrueé\n "[random.Next(18)];
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }

    [GeneratedRegex("^MOPS1[0-9]{3}$")]
    private static partial Regex Code();
}
