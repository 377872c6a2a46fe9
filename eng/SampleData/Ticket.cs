namespace ModelOps.SampleData;

/// <summary>A support ticket and what triage makes of it.</summary>
/// <param name="Pattern">The sentence of the grammar that states the matter; a hand-written ticket is its own.</param>
public sealed record Ticket(string Text, string Queue, string Priority, string Product, string Pattern);
