using System.Text;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Planning;

/// <summary>A run of a worker that came to its end.</summary>
/// <param name="Work"><c>train</c>, <c>generate</c> or <c>score</c>.</param>
/// <param name="Model">Which base model, by content.</param>
/// <param name="Method">How it is tuned, for <c>train</c>.</param>
/// <param name="Rows">Rows that went through the model, as often as they did.</param>
/// <param name="Bytes">Their text.</param>
/// <param name="Tokens">Their tokens.</param>
public sealed record PastRun(string Work, string Model, string Method, long Rows, long Bytes, long Tokens, double Seconds);

/// <param name="Runs">How many past runs it is drawn from.</param>
public sealed record Estimate(double Seconds, int Runs);

/// <summary>
/// How long runs took on this machine: <c>runs/&lt;work&gt;.jsonl</c> in the store, a line per run, the newest last. It only feeds estimates, so a
/// line that cannot be read or written is passed over.
/// </summary>
public sealed class RunHistory(string storeRoot)
{
    /// <summary>More would say nothing new: estimates look at the last few.</summary>
    private const int Kept = 200, Looked = 5;

    public void Add(PastRun run)
    {
        try
        {
            string path = PathOf(run.Work);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            string[] earlier = File.Exists(path) ? File.ReadAllLines(path) : [];
            string line = JsonSerializer.Serialize(run, WorkerJson.Options);
            if (earlier.Length >= 2 * Kept)
            {
                AtomicFile.Write(path, Encoding.UTF8.GetBytes(string.Join('\n', earlier[^Kept..].Append(line)) + "\n"));
            }
            else
            {
                File.AppendAllText(path, line + "\n");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The build has its result; the next plan just knows less.
        }
    }

    /// <summary>Time for the work, from what the last like runs took per token; null when there was none.</summary>
    /// <param name="bytes">The text that goes through the model, as often as it does.</param>
    public Estimate? Of(string work, string model, string method, double bytes)
    {
        PastRun[] like = [.. Read(work).Where(r => r.Model == model && r.Method == method && r is { Tokens: > 0, Bytes: > 0, Seconds: >= 0 }).TakeLast(Looked)];
        if (like.Length == 0)
        {
            return null;
        }

        // The text's tokens per byte and the machine's seconds per token, each as the middle one of the last runs.
        double tokens = bytes * Middle(like.Select(r => (double)r.Tokens / r.Bytes));
        return new Estimate(tokens * Middle(like.Select(r => r.Seconds / r.Tokens)), like.Length);
    }

    /// <summary>A base model, as runs remember it.</summary>
    public static string ModelOf(FingerprintFile training) => Digest.Of(Encoding.UTF8.GetBytes(training.Fields.Value("baseModel"))).Hex[..16];

    private IEnumerable<PastRun> Read(string work)
    {
        string[] lines = [];
        try
        {
            lines = File.Exists(PathOf(work)) ? File.ReadAllLines(PathOf(work)) : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Then there is no estimate.
        }

        return lines.Select(Parse).OfType<PastRun>();
    }

    private static PastRun? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<PastRun>(line, WorkerJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private string PathOf(string work) => Path.Combine(storeRoot, "runs", $"{work}.jsonl");
}
