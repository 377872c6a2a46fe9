using System.Security.Cryptography;
using System.Text;

namespace ModelOps.SampleData;

/// <summary>Support tickets with queue, priority and product: the hand-written ones, filled up with composed ones to fixed quotas.</summary>
public static class TicketTriage
{
    public const string SystemMessage = "Triage the support ticket.";

    /// <summary>Rows per queue and set: the same shares everywhere.</summary>
    public static readonly IReadOnlyList<(string Queue, int Train, int Validation, int Eval)> Quotas =
    [
        ("billing", 176, 22, 64), ("bug", 194, 25, 70), ("access", 150, 19, 54), ("setup", 123, 16, 44),
        ("delivery", 88, 11, 32), ("sales", 80, 10, 29), ("cancel", 70, 9, 25),
    ];

    // Of the hand-written tickets; the rest trains.
    private const double EvalShare = 0.28;
    private const double ValidationShare = 0.09;

    public static IReadOnlyList<Row> Rows()
    {
        var nearness = new Nearness();
        List<(DataSet Set, Ticket Ticket)> written = [.. Written()];
        foreach ((DataSet set, Ticket ticket) in written)
        {
            if (!nearness.TryAdd(set, ticket.Text))
                throw new InvalidDataException($"Too near to another ticket: {ticket.Text}");
        }

        var rows = written.Select(w => ToRow(w.Set, "handwritten", w.Ticket)).ToList();
        foreach (DataSet set in Enum.GetValues<DataSet>())
            rows.AddRange(Composed(set, written, nearness));
        return rows;
    }

    private static IEnumerable<Row> Composed(DataSet set, List<(DataSet Set, Ticket Ticket)> written, Nearness nearness)
    {
        var random = new SplitMix(2026 + (ulong)set);
        var composer = new TicketComposer(random);
        var queues = Quotas.SelectMany(q => Enumerable.Repeat(q.Queue, Quota(q, set) - written.Count(w => w.Set == set && w.Ticket.Queue == q.Queue))).ToList();
        random.Shuffle(queues);
        for (int i = 0; i < queues.Count; i++)
        {
            Ticket ticket = composer.Compose(queues[i], set);
            while (!nearness.TryAdd(set, ticket.Text))
                ticket = composer.Compose(queues[i], set);
            string file = set == DataSet.Train ? $"composed-{(2 * i / queues.Count) + 1}" : "composed";
            yield return ToRow(set, file, ticket);
        }
    }

    /// <summary>The hand-written tickets, dealt to the sets queue by queue in the order of their digests: nobody chooses what is held out.</summary>
    private static IEnumerable<(DataSet Set, Ticket Ticket)> Written()
    {
        IEnumerable<Ticket> tickets = Enumerable.Range(1, 3).SelectMany(n => Resource.Lines($"TicketTriage/handwritten-{n}.txt")).Select(Parse);
        foreach (IGrouping<string, Ticket> queue in tickets.GroupBy(t => t.Queue))
        {
            var dealt = queue.OrderBy(t => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(t.Text))), StringComparer.Ordinal).ToList();
            int eval = (int)Math.Round(dealt.Count * EvalShare), validation = (int)Math.Round(dealt.Count * ValidationShare);
            for (int i = 0; i < dealt.Count; i++)
                yield return (i < eval ? DataSet.Eval : i < eval + validation ? DataSet.Validation : DataSet.Train, dealt[i]);
        }
    }

    private static Ticket Parse(string line)
    {
        int bar = line.IndexOf('|', StringComparison.Ordinal);
        string[] labels = line[..bar].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string text = line[(bar + 1)..].Trim();
        return new Ticket(text, labels[0], labels[1], labels[2], text);
    }

    private static int Quota((string Queue, int Train, int Validation, int Eval) quota, DataSet set) =>
        set switch { DataSet.Train => quota.Train, DataSet.Validation => quota.Validation, _ => quota.Eval };

    private static Row ToRow(DataSet set, string file, Ticket ticket) =>
        new(set, file, ticket.Text, Row.Compact(new { queue = ticket.Queue, priority = ticket.Priority, product = ticket.Product }), ticket.Pattern);
}
