package dev.dbpool.sample;

import dev.dbpool.client.PooledClient;
import dev.dbpool.postgrest.Direction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/**
 * What only an admin may see. The service identity, which bypasses row-level security, is
 * used only here and for signing in to the demo.
 */
@RestController
final class AdminController {

	private static final int TOP_SHOPS = 5;

	private final PooledClient client;

	private final AdminToken adminToken;

	AdminController(PooledClient client, AdminToken adminToken) {
		this.client = client;
		this.adminToken = adminToken;
	}

	@GetMapping("/api/admin/report")
	Mono<AdminReport> report(
			@RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization) {
		this.adminToken.require(authorization);
		return this.client.asService()
			.read("GET /api/admin/report",
					(db) -> db.from("marketplace_totals")
						.select(AdminReport.Totals.COLUMNS)
						.single(AdminReport.Totals.class)
						.flatMap((totals) -> db.from("shop_sales")
							.select(AdminReport.ShopSales.COLUMNS)
							.order("revenue", Direction.DESC)
							.limit(TOP_SHOPS)
							.list(AdminReport.ShopSales.class)
							.map((topShops) -> new AdminReport(totals, topShops))));
	}

}
