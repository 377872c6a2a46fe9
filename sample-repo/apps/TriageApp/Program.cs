// Sorts support tickets: one per command-line argument, or one per line of standard input.
using Microsoft.Extensions.AI;
using ModelOps.Runtime;

using IChatClient triage = ModelChatClient.Open(TicketTriage.Path);

IEnumerable<string> tickets = args.Length > 0 ? args : Lines(Console.In);
foreach (string ticket in tickets)
{
    ChatResponse answer = await triage.GetResponseAsync(ticket);
    Console.WriteLine(answer.Text);
}

static IEnumerable<string> Lines(TextReader reader)
{
    while (reader.ReadLine() is { } line)
    {
        yield return line;
    }
}
